package dev.squall.backend.checked;

import dev.squall.backend.Backend;
import dev.squall.backend.Convolution;
import dev.squall.backend.DeviceMemoryException;
import dev.squall.backend.Elementwise;
import dev.squall.backend.Loss;
import dev.squall.backend.Matmul;
import dev.squall.backend.Movement;
import dev.squall.backend.Normalisation;
import dev.squall.backend.Pooling;
import dev.squall.backend.Reduction;
import dev.squall.backend.Update;
import dev.squall.tensor.HalfFormat;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.nio.FloatBuffer;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What all backends have in common: their families of primitives and their memory, behind one set of checks. A backend hands its families to
 * {@link #serve} in its constructor and implements the memory's work in {@link #make}, {@link #release}, {@link #write}, {@link #read}, {@link
 * #set}, {@link #add}, {@link #roundTo}, {@link #packAs} and {@link #unpackFrom}, whose operands have been checked.
 *
 * <p>One thread at a time computes on a backend; {@link Backend} has the rules, and {@link Door} keeps them.
 */
public abstract class CheckedBackend implements Backend {
    private final Door door = new Door(this);
    private @Nullable Families families;

    /** Takes the backend's own families; once, in the constructor. */
    protected final void serve(Families own) {
        families = own.behind(door);
    }

    /** Tells {@code watcher} of all further calls, for measurements; nobody if it is null. */
    public final void watch(@Nullable CallWatcher watcher) {
        door.watch(watcher);
    }

    private Families families() {
        if (families == null) {
            throw new IllegalStateException("the backend " + name() + " has no primitives yet");
        }
        return families;
    }

    @Override
    public final Elementwise elementwise() {
        return families().elementwise();
    }

    @Override
    public final Reduction reduction() {
        return families().reduction();
    }

    @Override
    public final Movement movement() {
        return families().movement();
    }

    @Override
    public final Matmul matmul() {
        return families().matmul();
    }

    @Override
    public final Convolution convolution() {
        return families().convolution();
    }

    @Override
    public final Pooling pooling() {
        return families().pooling();
    }

    @Override
    public final Normalisation normalisation() {
        return families().normalisation();
    }

    @Override
    public final Loss loss() {
        return families().loss();
    }

    @Override
    public final Update update() {
        return families().update();
    }

    @Override
    public final Storage allocate(Shape shape, Role role) {
        AtomicReference<Storage> made = new AtomicReference<>();
        door.enter("allocate").run(() -> made.set(make(shape, role)));
        return Objects.requireNonNull(made.get());
    }

    /** Storage with undefined contents. */
    protected abstract Storage make(Shape shape, Role role);

    /** Works on a closed backend too: whoever holds a tensor may always close it. */
    @Override
    public final void free(Storage storage) {
        if (storage.memory() != this) {
            throw new IllegalArgumentException(
                    "the backend " + name() + " was asked to free a storage of shape " + storage.shape()
                            + " of another backend, " + storage.memory().name());
        }
        storage.markFreed();
        release(storage);
    }

    /** Takes a storage's memory back. */
    protected abstract void release(Storage storage);

    @Override
    public final void upload(float[] values, Storage destination) {
        prepareUpload(values.length, destination).run(() -> write(values, destination));
    }

    @Override
    public final void upload(FloatBuffer values, Storage destination) {
        prepareUpload(values.remaining(), destination).run(() -> write(values, destination));
    }

    private Call prepareUpload(int count, Storage destination) {
        Call call = door.enter("upload").writes(destination);
        requireCount("upload", count, destination);
        return call;
    }

    private static void requireCount(String primitive, int count, Storage storage) {
        if (count != storage.shape().elements()) {
            throw new IllegalArgumentException(primitive + " needs as many values as the shape " + storage.shape()
                    + " has, " + storage.shape().elements() + ", got " + count);
        }
    }

    /** Copies as many values as {@code destination} has elements, row-major, into it. */
    protected abstract void write(float[] values, Storage destination);

    /** The same with the values between the position and the limit of a buffer. */
    protected void write(FloatBuffer values, Storage destination) {
        float[] copy = new float[values.remaining()];
        values.duplicate().get(copy);
        write(copy, destination);
    }

    @Override
    public final void download(Storage source, float[] values) {
        Call call = door.enter("download").reads(source);
        requireCount("download", values.length, source);
        call.run(() -> read(source, values));
    }

    /** Copies all elements, row-major, into {@code values}, which has as many. */
    protected abstract void read(Storage source, float[] values);

    @Override
    public final void fill(Storage destination, float value) {
        door.enter("fill").writes(destination).run(() -> set(destination, value));
    }

    /** Sets every element to {@code value}. */
    protected abstract void set(Storage destination, float value);

    @Override
    public final void accumulate(Storage addend, Storage destination) {
        door.enter("accumulate")
                .reads(addend)
                .writes(destination)
                .sameShape(addend, destination)
                .run(() -> add(addend, destination));
    }

    /** {@code destination += addend}; roles may differ. */
    protected abstract void add(Storage addend, Storage destination);

    @Override
    public final void round(HalfFormat format, Storage storage) {
        door.enter("round").reads(storage).writes(storage).run(() -> roundTo(format, storage));
        storage.keeps(format, false);
    }

    /** Rounds every element to the nearest value of {@code format}. */
    protected abstract void roundTo(HalfFormat format, Storage storage);

    @Override
    public final void pack(Storage storage) {
        HalfFormat format = storage.format();
        if (format == null) {
            throw new IllegalStateException("a storage of shape " + storage.shape()
                    + " cannot be packed, because its contents have not been rounded since they changed");
        }
        if (!packs() || storage.isPacked() || storage.isFreed() || door.isClosed()) {
            return;
        }
        try {
            door.enter("pack").run(() -> packAs(format, storage));
        } catch (DeviceMemoryException e) {
            // Nobody asked for it: it was only to save memory, for which there must be some left.
            return;
        }
        storage.keeps(format, true);
    }

    /** Moves the contents, all of which are values of {@code format}, into half as many bytes. */
    protected abstract void packAs(HalfFormat format, Storage storage);

    @Override
    public final void unpack(Storage storage) {
        HalfFormat format = storage.format();
        if (storage.isPacked() && format != null) {
            door.enter("unpack").run(() -> unpackFrom(format, storage));
            // Who reads it once in a backward pass does so again soon, or is the last: it is not packed a second time.
            storage.keeps(null, false);
        }
    }

    /** Moves the contents back into as many bytes as they had before {@link #packAs}. */
    protected abstract void unpackFrom(HalfFormat format, Storage storage);

    @Override
    public final void close() {
        door.close(this::shutDown);
    }

    /** Gives back all memory and threads. Afterwards only {@link #release} is called. */
    protected abstract void shutDown();
}
