package dev.squall.tensor;

import java.nio.FloatBuffer;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An n-dimensional array of 32-bit floats in a backend's memory, optionally part of an autograd graph.
 *
 * <p>A tensor is a handle: it holds one reference to its {@link Storage} until it is {@linkplain #close() closed}, which the
 * {@link Scope} that was open when it was made does by itself. Tensors made outside any scope live until closed by hand.
 */
public final class Tensor implements AutoCloseable {
    private final Storage storage;
    private final int version;
    private boolean requiresGradient;
    private boolean open = true;
    private @Nullable Tensor gradient;
    private @Nullable GradientNode node;

    private Tensor(Storage storage) {
        this.storage = storage;
        this.version = storage.version();
        storage.retain();
    }

    /** A new handle on {@code storage}, owned by the innermost open scope. */
    public static Tensor of(Storage storage) {
        Tensor tensor = new Tensor(storage);
        Scope.adopt(tensor);
        return tensor;
    }

    /** A new handle on {@code storage} that no scope closes: for parameters, gradients and optimizer state. */
    public static Tensor persistent(Storage storage) {
        return new Tensor(storage);
    }

    /** An activation of {@code shape} with undefined contents. */
    public static Tensor empty(Memory memory, Shape shape) {
        return of(memory.allocate(shape, Role.ACTIVATION));
    }

    /** An activation of {@code shape} that holds {@code values}, row-major (NCHW). */
    public static Tensor fromArray(Memory memory, Shape shape, float... values) {
        requireValues(shape, values.length);
        Tensor tensor = empty(memory, shape);
        tensor.upload(values);
        return tensor;
    }

    /** A learned parameter that holds {@code values}, row-major; requires gradients, and no scope closes it. */
    public static Tensor parameter(Memory memory, Shape shape, float... values) {
        Tensor tensor = buffer(memory, shape, values);
        tensor.requiresGradient = true;
        return tensor;
    }

    /** State beside the parameters, such as running statistics: as {@link #parameter}, without gradients. */
    public static Tensor buffer(Memory memory, Shape shape, float... values) {
        requireValues(shape, values.length);
        Tensor tensor = persistent(memory.allocate(shape, Role.PARAMETER));
        tensor.upload(values);
        return tensor;
    }

    /** An uninitialised tensor of the same shape and role in the same memory. */
    public Tensor like() {
        return of(storage.memory().allocate(shape(), storage.role()));
    }

    /** Another handle on the same storage, owned by the innermost open scope, outside the autograd graph. */
    public Tensor detach() {
        return of(storage());
    }

    /**
     * The storage, to read from.
     *
     * @throws IllegalStateException if it has been freed, or overwritten in place since this tensor was made
     */
    public Storage storage() {
        if (storage.isFreed()) {
            throw new IllegalStateException("a tensor of shape " + shape() + " was used after its scope had freed it");
        }
        if (storage.version() != version && storage.role() == Role.ACTIVATION) {
            throw new IllegalStateException("a tensor of shape " + shape() + " was overwritten in place by "
                    + storage.lastWriter() + "; use that operation's result instead");
        }
        return storage;
    }

    /**
     * Announces that {@code op} overwrites this tensor and returns the storage to write to; for an activation, this handle is stale
     * from then on and the operation's result takes its place.
     *
     * @throws IllegalStateException if another operation still needs the contents for its backward pass
     */
    public Storage overwrite(String op) {
        Storage target = openStorage();
        if (requiresGradient && node == null) {
            throw new IllegalStateException(op + " would change in place a leaf of shape " + shape()
                    + " that requires a gradient; use an operation that writes a new tensor");
        }
        target.overwrite(op);
        return target;
    }

    /** The logical shape. */
    public Shape shape() {
        return storage.shape();
    }

    /** What its storage was allocated for. */
    public Role role() {
        return storage.role();
    }

    /** The memory (the backend) that it lies in. */
    public Memory memory() {
        return storage.memory();
    }

    /** Whether a backward pass computes a gradient for it. */
    public boolean requiresGradient() {
        return requiresGradient;
    }

    /** Asks for a gradient in {@link #gradient()} after each backward pass; returns this tensor. */
    public Tensor requireGradient() {
        requiresGradient = true;
        return this;
    }

    /** Asks for no gradient any more, and forgets the one there is: a frozen parameter is a constant. Returns this tensor. */
    public Tensor forgoGradient() {
        if (node != null) {
            throw new IllegalStateException("only a leaf can do without a gradient; " + describe()
                    + " is the result of an operation, use detach()");
        }
        requiresGradient = false;
        setGradient(null);
        return this;
    }

    /** Makes this tensor the output of {@code producer}, and so part of the graph. For the autograd package. */
    public void attach(GradientNode producer) {
        node = producer;
        requiresGradient = true;
    }

    /** The operation that produced it, if it is part of a graph. */
    public @Nullable GradientNode node() {
        return node;
    }

    /** The accumulated gradient of a leaf, or null before the first backward pass. */
    public @Nullable Tensor gradient() {
        return gradient;
    }

    /**
     * Replaces the gradient and closes the one before.
     *
     * @param gradient of this tensor's shape and role, on its backend; or null for none
     */
    public void setGradient(@Nullable Tensor gradient) {
        if (gradient != null) {
            Storage values = gradient.openStorage();
            if (values.memory() != memory()
                    || values.role() != role()
                    || !values.shape().equals(shape())) {
                throw new IllegalArgumentException(
                        "the gradient of " + describe() + " must be another such, got " + gradient.describe());
            }
        }
        if (this.gradient != null && this.gradient != gradient) {
            this.gradient.close();
        }
        this.gradient = gradient;
    }

    /**
     * Replaces the contents, row-major.
     *
     * @throws IllegalStateException if an operation needs the contents for its backward pass, or this tensor has been closed or overwritten in
     *     place
     */
    public void upload(float[] values) {
        storage.memory().upload(values, forUpload(values.length));
    }

    /** Replaces the contents by the values between the position and the limit of a buffer, row-major. */
    public void upload(FloatBuffer values) {
        storage.memory().upload(values, forUpload(values.remaining()));
    }

    private Storage forUpload(int values) {
        Storage target = openStorage();
        requireValues(shape(), values);
        if (target.role() == Role.PARAMETER) {
            target.overwrite("upload");
        } else {
            target.requireNotSaved("upload");
        }
        return target;
    }

    private static void requireValues(Shape shape, int count) {
        if (count != shape.elements()) {
            throw new IllegalArgumentException(
                    "a tensor of shape " + shape + " takes " + shape.elements() + " values, got " + count);
        }
    }

    /** The storage of a handle that has not been closed; another handle, or an operation, may keep the storage itself alive longer. */
    private Storage openStorage() {
        if (!open) {
            throw new IllegalStateException("a tensor of shape " + shape()
                    + " was used after it, or the scope it was made in, had been closed");
        }
        return storage();
    }

    /**
     * The contents, row-major (NCHW).
     *
     * @throws IllegalStateException if this tensor has been closed, or overwritten in place
     */
    public float[] toArray() {
        Storage source = openStorage();
        float[] values = new float[shape().elements()];
        source.memory().download(source, values);
        return values;
    }

    /** The only element of a one-element tensor. */
    public float item() {
        if (shape().elements() != 1) {
            throw new IllegalStateException("item() reads a tensor of one element, this one has shape " + shape());
        }
        return toArray()[0];
    }

    /** Gives up this handle; the storage is freed when no other refers to it. Does nothing the second time. */
    @Override
    public void close() {
        if (open) {
            open = false;
            setGradient(null);
            storage.release();
        }
    }

    /** For example {@code an activation of shape [2, 3] on the backend jvm}: what must agree where two tensors meet. */
    public String describe() {
        return (role() == Role.ACTIVATION ? "an activation" : "a parameter") + " of shape " + shape()
                + " on the backend " + memory().name();
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT, "Tensor%s on %s", shape(), storage.memory().name());
    }
}
