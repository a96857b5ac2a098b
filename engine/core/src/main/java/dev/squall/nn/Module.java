package dev.squall.nn;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Role;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A part of a network: a function of one tensor, with named parameters, buffers, counters and child modules.
 *
 * <p>The full name of a parameter is the names of the modules on the way to it and its own, joined with dots, for example
 * {@code body.layer1.0.conv1.0.weight}. Modules are named so that these are the names in the official checkpoints, and a state needs no
 * table of names.
 *
 * <p>A subclass registers what it has in its constructor and says what it computes:
 *
 * <pre>{@code
 * final class Perceptron extends Module {
 *     private final Module hidden;
 *     private final Module output;
 *
 *     Perceptron(Backend backend) {
 *         hidden = child("hidden", new Linear(backend, 784, 100));
 *         output = child("output", new Linear(backend, 100, 10));
 *     }
 *
 *     @Override
 *     protected Tensor compute(Tensor x) {
 *         return output.forward(relu(hidden.forward(x)));
 *     }
 * }
 * }</pre>
 *
 * A module belongs to one thread at a time, as its backend does; see {@link Backend}.
 *
 * <p>Parameters are zero until {@link #initialise} or a loaded state fills them. A new module is in training mode.
 */
public abstract class Module implements AutoCloseable {
    private final List<Part> parts = new ArrayList<>();
    private final Map<String, Variable> parameters = new LinkedHashMap<>();
    private final Map<String, Variable> buffers = new LinkedHashMap<>();
    private final Map<String, Counter> counters = new LinkedHashMap<>();
    private boolean training = true;
    /** Whether all its parameters are frozen, and so it stays in evaluation mode. */
    private boolean frozen;
    /** Whether it is a group of another module, and so has no name to be watched under. */
    private boolean nameless;

    private @Nullable Watch watch;

    /** A tensor and where its first values come from. */
    private record Variable(Tensor tensor, Init init) {
        void initialise(long seed, String name) {
            tensor.upload(init.values(tensor.shape(), Init.generator(seed, name)));
        }
    }

    private record Watch(String name, ForwardHook hook) {}

    /** A child, or a group, whose name is empty. */
    private record Part(String name, Module module) {}

    /**
     * What this module computes; called by {@link #forward}, which frees all that it makes except the result. A module of several tensors
     * overrides {@link #compute(List)} instead.
     */
    protected Tensor compute(Tensor x) {
        throw new IllegalArgumentException(
                getClass().getSimpleName() + " takes several tensors, got one; call forward(x, y, ...)");
    }

    /** What a module of several tensors computes. */
    protected Tensor compute(List<Tensor> inputs) {
        throw new IllegalArgumentException(getClass().getSimpleName() + " takes one tensor, got " + inputs.size());
    }

    /**
     * Applies the module. Its intermediate results are freed on return, except what the backward pass needs. Outside any {@link Scope}, a
     * pass that is recorded for gradients frees nothing by itself.
     */
    public final Tensor forward(Tensor x) {
        return run(x, this::compute);
    }

    /**
     * {@link #forward} of a tensor that is not read afterwards: a module may overwrite it unless a gradient is asked for. Use the result in its place.
     */
    public Tensor forwardInPlace(Tensor x) {
        return forward(x);
    }

    /** Applies a module of several tensors, as {@link #forward(Tensor)} one of a single tensor; a hook sees the shape of the first. */
    public final Tensor forward(Tensor first, Tensor second, Tensor... more) {
        List<Tensor> inputs = new ArrayList<>(List.of(first, second));
        inputs.addAll(List.of(more));
        return run(first, x -> compute(inputs));
    }

    /** Applies {@code body}, another form of {@link #compute}, as {@link #forward} would: in its own scope, and watched. */
    protected final Tensor run(Tensor x, UnaryOperator<Tensor> body) {
        if (x == null) {
            throw new IllegalArgumentException(getClass().getSimpleName() + " needs a tensor, got null");
        }
        Shape input = x.shape();
        if (watch != null) {
            watch.hook.before(watch.name, this, input);
        }
        Tensor y = inScope(x, body);
        if (y == null) {
            throw new IllegalStateException(
                    "compute() of " + getClass().getSimpleName() + " must return a tensor, returned null");
        }
        if (watch != null) {
            watch.hook.after(watch.name, this, input, y);
        }
        return y;
    }

    private static Tensor inScope(Tensor x, UnaryOperator<Tensor> body) {
        if (!Scope.isOpen() && Autograd.isRecording()) {
            // A scope opened here would be the outermost, and take the graph with it.
            return body.apply(x);
        }
        try (Scope scope = Scope.open()) {
            return scope.keep(body.apply(x));
        }
    }

    /**
     * Makes {@code module} the child called {@code name}, and returns it. The name has dots where the checkpoint has modules on the way that are
     * none here. A module may be the child of several, or have several names, and so share its parameters: they go by the name that is met first.
     */
    protected final <M extends Module> M child(String name, M module) {
        if (List.of(name.split("\\.", -1)).contains("")) {
            throw new IllegalArgumentException(
                    "a name, and each part of one with dots, must not be empty, got '" + name + "'");
        }
        requireUnused(name);
        requireNoCycle("the child '" + name + "'", module);
        parts.add(new Part(name, module));
        return module;
    }

    /** {@code what} is told of in the error. */
    private void requireNoCycle(String what, @Nullable Module module) {
        if (module == null) {
            throw new IllegalArgumentException(
                    what + " of " + getClass().getSimpleName() + " must be a module, but is null");
        }
        module.visit((name, part) -> {
            if (part == this) {
                throw new IllegalArgumentException(what + " of " + getClass().getSimpleName() + ", "
                        + module.getClass().getSimpleName() + ", "
                        + (name.isEmpty() ? "is that module itself" : "contains it as '" + name + "'")
                        + ", but no module can be part of itself");
            }
        });
    }

    /** Gives up the child {@code module}, and frees it. */
    protected final void removeChild(Module module) {
        if (!parts.removeIf(part -> part.module == module)) {
            throw new IllegalArgumentException(
                    "this module has no such child, only " + children().keySet());
        }
        module.close();
    }

    /**
     * Makes {@code module} part of this one without a name of its own: its children are named as if they were this module's. For a group
     * that computes together but that the checkpoint does not know. Returns the module.
     */
    protected final <M extends Module> M group(M module) {
        requireNoCycle("a group", module);
        Module group = module;
        if (!group.parameters.isEmpty() || !group.buffers.isEmpty() || !group.counters.isEmpty()) {
            throw new IllegalArgumentException("a group has only children; make this module a child with a name");
        }
        group.children().keySet().forEach(this::requireUnused);
        group.nameless = true;
        parts.add(new Part("", group));
        return module;
    }

    /** Makes a parameter, filled with zeros until {@link #initialise} draws it from {@code init}. */
    protected final Tensor parameter(Backend backend, String name, Shape shape, Init init) {
        requireNew(name);
        Tensor parameter = filled(backend, shape, 0f).requireGradient();
        parameters.put(name, new Variable(parameter, init));
        return parameter;
    }

    /** Makes a buffer: state that is stored with the parameters but not learned. It begins at {@code value}. */
    protected final Tensor buffer(Backend backend, String name, Shape shape, float value) {
        requireNew(name);
        Tensor buffer = filled(backend, shape, value);
        buffers.put(name, new Variable(buffer, Init.constant(value)));
        return buffer;
    }

    /** Makes a counter that begins at 0. */
    protected final Counter counter(String name) {
        requireNew(name);
        Counter counter = new Counter();
        counters.put(name, counter);
        return counter;
    }

    /** Lets {@link #initialise} draw the own parameter {@code name} from {@code init} from now on. */
    protected final void setInit(String name, Init init) {
        Variable parameter = parameters.get(name);
        if (parameter == null) {
            throw new IllegalArgumentException("this module has no parameter " + name + " but " + parameters.keySet());
        }
        parameters.put(name, new Variable(parameter.tensor, init));
    }

    private static Tensor filled(Backend backend, Shape shape, float value) {
        Tensor tensor = Tensor.persistent(backend.allocate(shape, Role.PARAMETER));
        backend.fill(tensor.storage(), value);
        return tensor;
    }

    private void requireNew(String name) {
        if (name.isEmpty() || name.indexOf('.') >= 0) {
            throw new IllegalArgumentException("a name must not be empty or contain a dot, got '" + name + "'");
        }
        requireUnused(name);
    }

    private void requireUnused(String name) {
        if (children().containsKey(name)
                || parameters.containsKey(name)
                || buffers.containsKey(name)
                || counters.containsKey(name)) {
            throw new IllegalArgumentException("this module has a '" + name + "' already; choose another name");
        }
    }

    /**
     * Gives all parameters, buffers and counters their first values. Each parameter is drawn by a generator of its own, seeded by
     * {@code seed} and the parameter's name below this module.
     */
    public final Module initialise(long seed) {
        visit((prefix, module) -> {
            module.parameters.forEach((name, parameter) -> parameter.initialise(seed, join(prefix, name)));
            module.buffers.forEach((name, buffer) -> buffer.initialise(seed, join(prefix, name)));
            module.counters.values().forEach(counter -> counter.set(0));
        });
        return this;
    }

    /**
     * Gives every {@link Seeded} module a new seed: a function of {@code seed} and the module's name below this one. Without this they go on
     * from where they are.
     */
    public final void reseed(long seed) {
        visit((name, module) -> {
            if (module instanceof Seeded random) {
                random.seed(Init.generator(seed, name).nextLong());
            }
        });
    }

    /**
     * Freezes the parameters whose full names {@code names} accepts: they get no gradient, and training leaves them as they are, to the bit. A
     * module all of whose parameters are frozen stays in evaluation mode for good, so that neither the running statistics of its norms change nor
     * does it drop anything; and in front of the first parameter that is learned nothing is kept for a backward pass.
     *
     * @return the full names of the frozen parameters
     */
    public final Set<String> freeze(Predicate<String> names) {
        Set<String> chosen = new LinkedHashSet<>();
        parameters().forEach((name, parameter) -> {
            if (names.test(name)) {
                parameter.forgoGradient();
                chosen.add(name);
            }
        });
        visit((name, module) -> {
            Collection<Tensor> own = module.parameters().values();
            if (!own.isEmpty() && own.stream().noneMatch(Tensor::requiresGradient)) {
                module.visit((below, part) -> part.frozen = true);
            }
        });
        return chosen;
    }

    /** Parameters and buffers that training changes, by full name: all but the frozen ones. */
    public final Map<String, Tensor> learned() {
        Map<String, Tensor> learned = new LinkedHashMap<>();
        parameters().forEach((name, parameter) -> {
            if (parameter.requiresGradient()) {
                learned.put(name, parameter);
            }
        });
        learned.putAll(collect(module -> module.frozen ? Map.of() : module.buffers, Variable::tensor));
        return learned;
    }

    /** Whether what it computes from {@code inputs} is recorded for a backward pass. */
    protected final boolean isRecorded(Tensor... inputs) {
        return Autograd.isRecording() && (!frozen || Arrays.stream(inputs).anyMatch(Tensor::requiresGradient));
    }

    /**
     * Its layers from the input to the output, each as what the names of its parameters begin with, for whoever treats early layers otherwise than
     * late ones. Unless a network says otherwise, each child is a layer.
     */
    public List<List<String>> layers() {
        List<List<String>> layers = children().keySet().stream().map(List::of).toList();
        return layers.isEmpty() ? List.of(List.of()) : layers;
    }

    /** Training mode: batch statistics, dropout. */
    public final Module train() {
        return setTraining(true);
    }

    /** Evaluation mode: running statistics, no dropout. */
    public final Module eval() {
        return setTraining(false);
    }

    /** Training mode or evaluation mode; what is {@linkplain #freeze frozen} as a whole stays in the latter. */
    public final Module setTraining(boolean training) {
        visit((name, module) -> {
            module.training = training && !module.frozen;
            if (module.training) {
                module.dropCaches();
            }
        });
        return this;
    }

    /** Whether it is in training mode. */
    public final boolean isTraining() {
        return training;
    }

    /** Frees what is only kept to save work in evaluation mode. */
    protected void dropCaches() {}

    /** All parameters by full name, in the order in which they were made. */
    public final Map<String, Tensor> parameters() {
        return collect(module -> module.parameters, Variable::tensor);
    }

    /** All buffers by full name. */
    public final Map<String, Tensor> buffers() {
        return collect(module -> module.buffers, Variable::tensor);
    }

    /** All counters by full name. */
    public final Map<String, Counter> counters() {
        return collect(module -> module.counters, counter -> counter);
    }

    /** The direct children by name, those of groups among them. */
    public final Map<String, Module> children() {
        Map<String, Module> named = new LinkedHashMap<>();
        for (Part part : parts) {
            if (part.name.isEmpty()) {
                named.putAll(part.module.children());
            } else {
                named.put(part.name, part.module);
            }
        }
        return Collections.unmodifiableMap(named);
    }

    /**
     * The backend that its parameters, or else its buffers, lie on.
     *
     * @throws IllegalStateException if it has neither
     */
    public final Backend backend() {
        return Stream.concat(parameters().values().stream(), buffers().values().stream())
                .findFirst()
                .map(Backend::of)
                .orElseThrow(() -> new IllegalStateException(
                        getClass().getSimpleName() + " has no parameters and no buffers, and so works on any backend"));
    }

    /** The number of learned values. */
    public final long parameterCount() {
        return parameters().values().stream()
                .mapToLong(parameter -> parameter.shape().elements())
                .sum();
    }

    /**
     * Calls {@code visitor} with the full name of each module and the module: this one (named ""), then all below, parents first. One that has
     * several names comes once, under the first.
     */
    public final void visit(BiConsumer<String, Module> visitor) {
        visit("", visitor, Collections.newSetFromMap(new IdentityHashMap<>()));
    }

    private void visit(String prefix, BiConsumer<String, Module> visitor, Set<Module> visited) {
        if (visited.add(this)) {
            visitor.accept(prefix, this);
            parts.forEach(part -> part.module.visit(join(prefix, part.name), visitor, visited));
        }
    }

    private <T, R> Map<String, R> collect(Function<Module, Map<String, T>> own, Function<T, R> part) {
        Map<String, R> all = new LinkedHashMap<>();
        visit((prefix, module) ->
                own.apply(module).forEach((name, value) -> all.put(join(prefix, name), part.apply(value))));
        return Collections.unmodifiableMap(all);
    }

    private static String join(String prefix, String name) {
        return prefix.isEmpty() || name.isEmpty() ? prefix + name : prefix + "." + name;
    }

    /** Lets {@code hook} watch this module and all below that have a name until the result is closed; there is one hook at a time. */
    public final Watching watch(ForwardHook hook) {
        visit((name, module) -> module.watch = module.nameless ? null : new Watch(name, hook));
        return () -> visit((name, module) -> module.watch = null);
    }

    /** A hook in place; closing removes it. */
    @FunctionalInterface
    public interface Watching extends AutoCloseable {
        @Override
        void close();
    }

    /** Frees all parameters and buffers. */
    @Override
    public final void close() {
        visit((name, module) -> {
            module.dropCaches();
            module.parameters.values().forEach(parameter -> parameter.tensor.close());
            module.buffers.values().forEach(buffer -> buffer.tensor.close());
        });
    }
}
