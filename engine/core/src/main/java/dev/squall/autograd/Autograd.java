package dev.squall.autograd;

import dev.squall.tensor.Role;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Storage;
import dev.squall.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Records operations as they run and differentiates through them. Each operation calls {@link #record} with its backward rule;
 * {@link #backward} sorts the recorded graph topologically and applies the rules from the end to the beginning. A graph can be
 * differentiated once: what an operation saved is freed as soon as its rule has run.
 */
public final class Autograd {
    private static final ThreadLocal<Boolean> RECORDING = ThreadLocal.withInitial(() -> true);

    private Autograd() {}

    /** Whether operations on this thread are being recorded. */
    public static boolean isRecording() {
        return RECORDING.get();
    }

    /** Runs {@code body} without recording: for inference and for updates of parameters. */
    public static <T> T withoutGradients(Supplier<T> body) {
        boolean before = RECORDING.get();
        RECORDING.set(false);
        try {
            return body.get();
        } finally {
            RECORDING.set(before);
        }
    }

    /** Whether an operation on these inputs will be recorded: recording is on and one of them requires a gradient. */
    public static boolean isNeeded(List<Tensor> inputs) {
        return isRecording() && inputs.stream().anyMatch(Tensor::requiresGradient);
    }

    /**
     * Makes {@code output} the result of operation {@code op} on {@code inputs}, if {@linkplain #isNeeded needed}.
     *
     * @param saved the tensors whose contents {@code rule} reads; they stay alive, and must stay unchanged, until it has run
     * @return {@code output}
     */
    public static Tensor record(String op, Tensor output, List<Tensor> inputs, List<Tensor> saved, BackwardRule rule) {
        if (isNeeded(inputs)) {
            Node node = new Node(op, inputs, saved, rule);
            output.attach(node);
            Scope.adopt(node);
        }
        return output;
    }

    /** Where a backward rule may write a gradient of {@code dy}'s shape: {@code dy} itself if nobody else can see it. */
    public static Tensor reuse(Tensor dy) {
        return dy.storage().isExclusive() ? dy : dy.like();
    }

    /** Differentiates a scalar: adds d(loss)/d(leaf) to the gradient of every leaf that requires one. */
    public static void backward(Tensor loss) {
        if (loss.shape().elements() != 1) {
            throw new IllegalArgumentException("backward() starts from a scalar loss, got shape " + loss.shape()
                    + "; give it a gradient to start from");
        }
        try (Tensor one = Tensor.persistent(loss.storage().memory().allocate(loss.shape(), Role.ACTIVATION))) {
            loss.storage().memory().fill(one.storage(), 1f);
            backward(loss, one);
        }
    }

    /**
     * Differentiates {@code sum(output * seed)}: adds its gradient to that of every leaf that requires one.
     *
     * @param seed the gradient of the output, of its shape; left unchanged
     * @throws IllegalStateException if the output was not recorded, or its graph has been differentiated already
     */
    public static void backward(Tensor output, Tensor seed) {
        if (!(output.node() instanceof Node root)) {
            throw new IllegalStateException(
                    "backward() needs the result of a recorded operation on a tensor that requires a"
                            + " gradient; this tensor of shape " + output.shape() + " is none");
        }
        if (!seed.shape().equals(output.shape())) {
            throw new IllegalArgumentException(
                    "the starting gradient has shape " + seed.shape() + ", the output " + output.shape());
        }
        Map<Node, Tensor> gradients = new HashMap<>();
        gradients.put(root, Tensor.persistent(seed.storage()));
        try {
            for (Node node : fromOutputToInputs(root)) {
                Tensor dy = gradients.remove(node);
                if (dy != null) {
                    differentiate(node, dy, gradients);
                }
                node.discard();
            }
        } finally {
            gradients.values().forEach(Tensor::close);
        }
    }

    /** Applies one rule and adds each resulting gradient to its input's. */
    private static void differentiate(Node node, Tensor dy, Map<Node, Tensor> gradients) {
        List<@Nullable Tensor> results = new ArrayList<>();
        try (dy;
                Scope scope = Scope.open()) {
            if (node.isDiscarded()) {
                throw new IllegalStateException("the graph of " + node.op
                        + " has been differentiated or discarded already;" + " run the forward pass again");
            }
            for (Tensor result : withoutGradients(() -> node.differentiate(dy))) {
                results.add(result == null ? null : Tensor.persistent(result.storage()));
            }
        }
        // Only now, with dy and the rule's own handles gone, does isExclusive() tell whether a gradient may be added to
        // in place.
        node.discard();
        for (int i = 0; i < node.inputs.size(); i++) {
            Tensor input = node.inputs.get(i);
            Tensor gradient = results.get(i);
            if (gradient == null) {
                continue;
            }
            if (input.node() instanceof Node producer) {
                gradients.merge(producer, gradient, Autograd::sum);
            } else if (input.requiresGradient()) {
                addToLeaf(input, gradient);
            } else {
                gradient.close();
            }
        }
    }

    /** The sum of two gradients, in the storage of one of them if nobody else can see it. Closes what it does not return. */
    private static Tensor sum(Tensor first, Tensor second) {
        if (!first.storage().isExclusive() && second.storage().isExclusive()) {
            return sum(second, first);
        }
        Tensor total = exclusive(first);
        total.storage().memory().accumulate(second.storage(), total.storage());
        second.close();
        return total;
    }

    private static void addToLeaf(Tensor leaf, Tensor gradient) {
        Tensor total = leaf.gradient();
        if (total == null) {
            leaf.setGradient(exclusive(gradient));
        } else {
            total.storage().memory().accumulate(gradient.storage(), total.storage());
            gradient.close();
        }
    }

    /** {@code gradient} itself if nobody else can see its storage, else a copy in its place. */
    private static Tensor exclusive(Tensor gradient) {
        Storage source = gradient.storage();
        if (source.isExclusive()) {
            return gradient;
        }
        Storage copy = source.memory().allocate(source.shape(), source.role());
        copy.memory().fill(copy, 0f);
        copy.memory().accumulate(source, copy);
        gradient.close();
        return Tensor.persistent(copy);
    }

    /** All nodes that {@code root} depends on, itself first, every node before the producers of its inputs. */
    private static List<Node> fromOutputToInputs(Node root) {
        Set<Node> postOrder = new LinkedHashSet<>();
        Set<Node> visited = new HashSet<>();
        Deque<Node> open = new ArrayDeque<>(List.of(root));
        while (!open.isEmpty()) {
            Node node = open.peek();
            if (!visited.add(node)) {
                postOrder.add(open.pop());
                continue;
            }
            for (Tensor input : node.inputs) {
                if (input.node() instanceof Node producer && !visited.contains(producer)) {
                    open.push(producer);
                }
            }
        }
        return new ArrayList<>(postOrder).reversed();
    }
}
