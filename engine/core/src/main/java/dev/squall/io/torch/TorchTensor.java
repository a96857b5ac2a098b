package dev.squall.io.torch;

import dev.squall.error.Excerpt;
import dev.squall.io.ElementType;
import dev.squall.io.HostTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A view of a storage: element (i, j, ...) lies at {@code offset + i * strides[0] + j * strides[1] + ...}.
 *
 * @param storage may be shared with others
 * @param offset of the first element, in elements
 * @param shape the extents
 * @param strides in elements; 0 where an extent only repeats
 */
public record TorchTensor(TorchStorage storage, long offset, long[] shape, long[] strides) {
    /** A view that repeats its storage may be so many bytes large when written out. */
    private static final long LARGEST_REPETITION = 64L << 20;

    /** Whether its numbers are of a type that others than PyTorch know. */
    public boolean isReadable() {
        return storage.type() != null;
    }

    /** PyTorch's name of its type. */
    public String typeName() {
        return storage.typeName();
    }

    /**
     * The elements row by row.
     *
     * @throws PickleException if the view leaves its storage, or its type exists in PyTorch only
     */
    public HostTensor toHost() throws PickleException {
        ElementType type = storage.type();
        if (type == null) {
            throw new PickleException("a tensor consists of " + storage.typeName() + ", which cannot be read");
        }
        long elements = check(type);
        ByteBuffer all = storage.source().bytes().order(ByteOrder.LITTLE_ENDIAN);
        if (all.remaining() < storage.elements() * type.bytes()) {
            throw new PickleException("a tensor's bytes are not all there");
        }
        if (isContiguous()) {
            long begin = elements == 0 ? 0 : offset * type.bytes();
            return new HostTensor(type, shape, all.slice((int) begin, (int) (elements * type.bytes())));
        }
        ByteBuffer gathered =
                ByteBuffer.allocate(Math.toIntExact(elements * type.bytes())).order(ByteOrder.LITTLE_ENDIAN);
        gather(all, gathered, type.bytes(), elements);
        return new HostTensor(type, shape, gathered.flip());
    }

    /** The bytes that {@link #toHost} takes memory for; 0 if it only looks at those of the storage. */
    public long copiedBytes() throws PickleException {
        ElementType type = storage.type();
        if (type == null) {
            return 0;
        }
        long bytes = check(type) * type.bytes();
        return isContiguous() ? 0 : bytes;
    }

    /** The number of elements, if the view is a possible one. */
    private long check(ElementType type) throws PickleException {
        if (shape.length != strides.length || offset < 0) {
            throw new PickleException(
                    "a tensor of " + Excerpt.of(shape) + " has strides " + Excerpt.of(strides) + " from " + offset);
        }
        try {
            long elements = 1;
            long last = offset;
            for (int i = 0; i < shape.length; i++) {
                if (shape[i] < 0 || strides[i] < 0) {
                    throw new PickleException("a tensor has a negative extent or stride");
                }
                elements = Math.multiplyExact(elements, shape[i]);
                last = Math.addExact(last, Math.multiplyExact(Math.max(shape[i] - 1, 0), strides[i]));
            }
            long bytes = Math.multiplyExact(elements, type.bytes());
            if (bytes > Integer.MAX_VALUE
                    || (elements > storage.elements() && bytes > LARGEST_REPETITION)
                    || Math.multiplyExact(storage.elements(), type.bytes()) > Integer.MAX_VALUE) {
                throw new PickleException("a tensor of " + Excerpt.of(shape) + " is larger than can be read");
            }
            if (elements > 0 && last >= storage.elements()) {
                throw new PickleException("a tensor of " + Excerpt.of(shape) + " needs element " + last
                        + " of a storage of " + storage.elements());
            }
            return elements;
        } catch (ArithmeticException e) {
            throw new PickleException("a tensor of " + Excerpt.of(shape) + " is larger than can be read", e);
        }
    }

    /** Whether it lies row by row without gaps; strides of single elements do not matter. */
    private boolean isContiguous() {
        long expected = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            if (shape[i] == 0) {
                return true;
            }
            if (shape[i] != 1 && strides[i] != expected) {
                return false;
            }
            expected *= shape[i];
        }
        return true;
    }

    private void gather(ByteBuffer from, ByteBuffer to, int bytes, long elements) {
        long[] index = new long[shape.length];
        long position = offset;
        for (long i = 0; i < elements; i++) {
            int at = (int) (position * bytes);
            for (int b = 0; b < bytes; b++) {
                to.put(from.get(at + b));
            }
            for (int d = shape.length - 1; d >= 0; d--) {
                position += strides[d];
                if (++index[d] < shape[d]) {
                    break;
                }
                position -= strides[d] * shape[d];
                index[d] = 0;
            }
        }
    }
}
