package dev.squall.backend.checked;

import dev.squall.backend.Backend;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The checks of one call of a primitive. Each returns the call, so that they can be listed.
 *
 * @param operands what it reads and writes, if somebody wants to know
 */
record Call(Door door, String primitive, @Nullable Operands operands) {
    /** Storages, in the order in which they are named. */
    record Operands(List<Storage> read, List<Storage> written) {
        Operands() {
            this(new ArrayList<>(), new ArrayList<>());
        }
    }

    private Backend backend() {
        return door.backend();
    }

    /**
     * Does the work, now that all is checked, with no other thread inside.
     *
     * @throws IllegalStateException if another thread computes on the backend
     */
    void run(Runnable work) {
        door.run(primitive, operands, work);
    }

    /** The operands belong to this backend and hold memory. */
    Call reads(Storage... storages) {
        return reads(Arrays.asList(storages));
    }

    Call reads(List<Storage> storages) {
        storages.forEach(this::requireOwn);
        if (operands != null) {
            operands.read.addAll(storages);
        }
        return this;
    }

    /**
     * The outputs belong to this backend, hold memory, and no operation needs their contents for its backward pass. What their storages keep of
     * the contents is dropped here, so that no primitive can forget it.
     */
    Call writes(Storage... outputs) {
        for (Storage output : outputs) {
            requireOwn(output);
            output.requireNotSaved(primitive);
            output.beginWrite();
            if (operands != null) {
                operands.written.add(output);
            }
        }
        return this;
    }

    Call writes(List<Storage> outputs) {
        for (Storage output : outputs) {
            writes(output);
        }
        return this;
    }

    private void requireOwn(@Nullable Storage operand) {
        if (operand == null) {
            throw new IllegalArgumentException(primitive + " needs a storage for each operand, got null");
        }
        if (operand.memory() != backend()) {
            throw new IllegalArgumentException(
                    primitive + " of the backend " + backend().name()
                            + " needs operands of its own, got " + describe(operand) + " of "
                            + (operand.memory().name().equals(backend().name())
                                    ? "another backend " + backend().name()
                                    : "the backend " + operand.memory().name()));
        }
        if (operand.isFreed()) {
            throw new IllegalStateException(
                    primitive + " was given a storage of shape " + operand.shape() + " that has been freed");
        }
        if (operand.isPacked()) {
            operand.memory().unpack(operand);
        }
    }

    /** All have the shape and the role of {@code first}. */
    Call alike(Storage first, Storage... others) {
        for (Storage other : others) {
            that(
                    first.role() == other.role() && first.shape().equals(other.shape()),
                    "operands of one shape and role",
                    first,
                    other);
        }
        return this;
    }

    /** Both have one shape; roles may differ. */
    Call sameShape(Storage x, Storage y) {
        return that(x.shape().equals(y.shape()), "operands of one shape", x, y);
    }

    /** Both have the same elements in row-major order but for dimensions of 1; roles may differ. */
    Call sameButForOnes(Storage out, int[] sizes, Storage x) {
        return that(
                Arrays.equals(withoutOnes(out.shape().toArray()), withoutOnes(sizes)),
                "an output of the sizes " + Arrays.toString(sizes) + ", with or without 1s,",
                out,
                x);
    }

    private static int[] withoutOnes(int[] sizes) {
        return Arrays.stream(sizes).filter(size -> size != 1).toArray();
    }

    /** Each operand can be repeated to the shape of {@code out}, and is {@code out} itself only if it has its shape. */
    Call broadcastTo(Storage out, Storage... operands) {
        for (Storage operand : operands) {
            that(
                    isBroadcast(operand.shape(), out.shape()),
                    "operands whose dimensions, counted from the last, are those of the output, or 1",
                    operand,
                    out);
        }
        return this;
    }

    private static boolean isBroadcast(Shape from, Shape to) {
        if (from.rank() > to.rank()) {
            return false;
        }
        for (int d = 1; d <= from.rank(); d++) {
            if (from.dim(from.rank() - d) != 1 && from.dim(from.rank() - d) != to.dim(to.rank() - d)) {
                return false;
            }
        }
        return true;
    }

    /** The dimensions are among those of {@code x}, ascending, none twice. */
    Call dimensions(Storage x, int... dimensions) {
        int last = -1;
        for (int d : dimensions) {
            that(
                    d > last && d < x.shape().rank(),
                    "dimensions of its operand, ascending, not " + Arrays.toString(dimensions),
                    x);
            last = d;
        }
        return this;
    }

    /** {@code out} is none of {@code others}. */
    Call apart(Storage out, Storage... others) {
        for (Storage other : others) {
            if (out == other) {
                throw new IllegalArgumentException(primitive + " does not work in place: an output of shape "
                        + out.shape() + " is also another operand");
            }
        }
        return this;
    }

    /** One element. */
    Call single(Storage value) {
        return that(value.shape().elements() == 1, "a storage of one element", value);
    }

    /** An activation [N, C, H, W]. */
    Call images(Storage x) {
        return that(x.shape().rank() == 4 && x.role() == Role.ACTIVATION, "images [N, C, H, W]", x);
    }

    /** An activation [N, C]. */
    Call features(Storage x) {
        return that(x.shape().rank() == 2 && x.role() == Role.ACTIVATION, "features [N, C]", x);
    }

    /** An activation [N, C, H, W] or [N, C]. */
    Call imagesOrFeatures(Storage x) {
        int rank = x.shape().rank();
        return that(
                (rank == 4 || rank == 2) && x.role() == Role.ACTIVATION, "images [N, C, H, W] or features [N, C]", x);
    }

    /** Each {@code s} is [C], with the channels of {@code x}. */
    Call perChannel(Storage x, Storage... all) {
        for (Storage s : all) {
            that(isPerChannel(x.shape(), s.shape()), "one value for each channel, [C]", x, s);
        }
        return this;
    }

    /** {@code s} is [C], [N, C] or [N, C, 1, 1], with the channels (and the batch) of {@code x}. */
    Call perChannelOrImage(Storage x, Storage s) {
        Shape shape = s.shape();
        return that(
                isPerChannel(x.shape(), shape)
                        || ((shape.rank() == 2 || shape.rank() == 4 && shape.plane() == 1)
                                && shape.batch() == x.shape().batch()
                                && shape.channels() == x.shape().channels()),
                "one value for each channel, [C], [N, C] or [N, C, 1, 1]",
                x,
                s);
    }

    private static boolean isPerChannel(Shape x, Shape s) {
        return s.rank() == 1 && s.dim(0) == x.channels();
    }

    /** The output has this shape and is an activation. */
    Call shaped(Storage output, Shape shape) {
        boolean isSo = output.role() == Role.ACTIVATION && output.shape().equals(shape);
        return isSo ? this : that(false, "an activation of shape " + shape, output);
    }

    Call that(boolean condition, String expectation, Storage... operands) {
        if (!condition) {
            StringBuilder came = new StringBuilder();
            for (Storage operand : operands) {
                came.append(came.isEmpty() ? "" : " and ").append(describe(operand));
            }
            throw new IllegalArgumentException(primitive + " needs " + expectation + ", got " + came);
        }
        return this;
    }

    private static String describe(Storage storage) {
        return (storage.role() == Role.ACTIVATION ? "an " : "a ")
                + storage.role().name().toLowerCase(Locale.ROOT) + " " + storage.shape();
    }
}
