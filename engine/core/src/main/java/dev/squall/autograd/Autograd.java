package dev.squall.autograd;

import dev.squall.tensor.HalfFormat;
import dev.squall.tensor.Role;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Storage;
import dev.squall.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Records operations as they run and differentiates through them. Each operation calls {@link #record} with its backward rule;
 * {@link #backward} sorts the recorded graph topologically and applies the rules from the end to the beginning. A graph can be
 * differentiated once: what an operation saved is freed as soon as its rule has run.
 *
 * <p><b>Mixed precision</b> (Micikevicius et al. 2018), on a memory with an {@linkplain dev.squall.tensor.Memory#activationFormat activation format}: the images {@code
 * [N, C, H, W]} that recorded operations make, and in the backward pass their gradients, are rounded to that format as soon as they are complete, so that forward
 * and backward pass compute with the same values. While only the graph holds such images, they take half of the memory. Whatever computes with them does so in
 * single precision, in which features, losses, parameters and the gradients of all these are kept too.
 */
public final class Autograd {
    private static final ThreadLocal<Boolean> RECORDING = ThreadLocal.withInitial(() -> true);

    private static final int IMAGE_RANK = 4;

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
        if (isRecording()) {
            round(output);
        }
        if (isNeeded(inputs)) {
            Node node = new Node(op, inputs, saved, rule);
            output.attach(node);
            Scope.adopt(node);
        }
        return output;
    }

    /** In mixed precision, rounds images to the format of activations, unless they are so already or an operation needs them as they are. */
    private static void round(Tensor images) {
        HalfFormat format = images.memory().activationFormat();
        Storage storage = images.storage();
        if (format != null
                && storage.role() == Role.ACTIVATION
                && storage.shape().rank() == IMAGE_RANK
                && storage.format() != format
                && !storage.isSaved()) {
            storage.memory().round(format, storage);
        }
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
        try (Tensor one = Tensor.persistent(loss.storage().memory().allocate(loss.shape(), loss.role()))) {
            loss.storage().memory().fill(one.storage(), 1f);
            backward(loss, one);
        }
    }

    /**
     * Differentiates {@code sum(output * seed)}: adds its gradient to that of every leaf that requires one.
     *
     * <p>If a rule fails, the graph is given up as a whole, and the gradients of leaves are those of the rules before it.
     *
     * @param seed the gradient of the output, of its shape and on its backend, and for rank 4 of its role; left unchanged
     * @throws IllegalStateException if the output was not recorded, its graph has been differentiated already, or a rule returned something
     *     else than the gradients of its inputs
     */
    public static void backward(Tensor output, Tensor seed) {
        if (!(output.node() instanceof Node root)) {
            throw new IllegalStateException(
                    "backward() needs the result of a recorded operation on a tensor that requires a"
                            + " gradient; this tensor of shape " + output.shape() + " is none");
        }
        if (!isLike(seed, output) && !isLikeButForItsRole(seed, output)) {
            throw new IllegalArgumentException(
                    "the starting gradient is " + seed.describe() + ", the output " + output.describe());
        }
        Map<Node, Tensor> gradients = new HashMap<>();
        gradients.put(
                root, seed.role() == output.role() ? Tensor.persistent(seed.storage()) : copy(seed, output.role()));
        List<Node> nodes = fromOutputToInputs(root);
        try {
            for (Node node : nodes) {
                Tensor dy = gradients.remove(node);
                if (dy != null) {
                    if (node != root) {
                        round(dy);
                    }
                    differentiate(node, dy, gradients);
                }
                node.discard();
            }
        } finally {
            gradients.values().forEach(Tensor::close);
            nodes.forEach(Node::discard);
        }
    }

    private static boolean isLike(Tensor gradient, Tensor tensor) {
        return gradient.memory() == tensor.memory()
                && gradient.role() == tensor.role()
                && gradient.shape().equals(tensor.shape());
    }

    /** Whether only the role differs, and means no other layout: what is made by hand is an activation, what is learned a parameter. */
    private static boolean isLikeButForItsRole(Tensor seed, Tensor output) {
        return seed.memory() == output.memory()
                && seed.shape().equals(output.shape())
                && seed.shape().rank() != 4;
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
            @Nullable Tensor[] returned = withoutGradients(() -> node.differentiate(dy));
            requireGradients(node, returned);
            for (Tensor result : returned) {
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

    /** Requires that a rule returned what {@link BackwardRule} asks for: rules are written by anybody. */
    private static void requireGradients(Node node, @Nullable Tensor @Nullable [] returned) {
        if (returned == null
                || returned.length < node.inputs.size()
                || Arrays.stream(returned).skip(node.inputs.size()).anyMatch(Objects::nonNull)) {
            throw new IllegalStateException(
                    "the backward rule of " + node.op + " must return one gradient (or null) for"
                            + " each of its " + node.inputs.size() + " inputs, returned "
                            + (returned == null ? "null" : returned.length));
        }
        for (int i = 0; i < node.inputs.size(); i++) {
            Tensor gradient = returned[i];
            Tensor input = node.inputs.get(i);
            if (gradient != null && !isLike(gradient, input)) {
                throw new IllegalStateException("the backward rule of " + node.op + " must return for input " + i + ", "
                        + input.describe() + ", a gradient of the same kind, returned " + gradient.describe());
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
        Tensor copy = copy(gradient, source.role());
        gradient.close();
        return copy;
    }

    private static Tensor copy(Tensor gradient, Role role) {
        Storage source = gradient.storage();
        Storage copy = source.memory().allocate(source.shape(), role);
        copy.memory().fill(copy, 0f);
        copy.memory().accumulate(source, copy);
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
