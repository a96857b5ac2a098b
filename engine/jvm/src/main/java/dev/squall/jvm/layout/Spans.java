package dev.squall.jvm.layout;

import dev.squall.jvm.runtime.WorkerPool;

/**
 * The contiguous stretches that hold a tensor's elements: rows of a blocked image without the halo, or pieces of a
 * plain array. Tensors of one shape and role have the same spans.
 *
 * @param count how many there are
 * @param perPlane spans before the plane step is taken
 * @param planeBytes step from plane to plane
 * @param spanBytes step from span to span of a plane
 * @param first offset of the first span
 * @param bytes length of a span but the last; a multiple of 64
 * @param lastBytes length of the very last one, rounded up to a multiple of 64, which every block of memory extends to
 */
public record Spans(int count, int perPlane, long planeBytes, long spanBytes, long first, int bytes, int lastBytes) {
    private static final int PIECE = 1 << 14;

    /** What is done to a span. */
    public interface Body {
        /**
         * @param offset of the span in the tensor
         * @param bytes a multiple of 64
         */
        void run(long offset, int bytes);
    }

    public static Spans of(JvmStorage storage) {
        if (!storage.isBlocked()) {
            return contiguous((long) storage.shape().elements() * Float.BYTES);
        }
        BlockedLayout layout = storage.layout();
        if (layout.halo() == 0) {
            return contiguous(layout.bytes());
        }
        int row = layout.width() * BlockedLayout.PIXEL_BYTES;
        int rows = layout.planes() * layout.height();
        return new Spans(
                rows, layout.height(), layout.planeBytes(), layout.rowBytes(), layout.offset(0, 0, 0, 0), row, row);
    }

    /** The spans of {@code bytes} bytes without gaps. */
    public static Spans contiguous(long bytes) {
        int count = Math.toIntExact(Math.ceilDiv(bytes, PIECE));
        int rest = (int) (bytes - (count - 1L) * PIECE);
        return new Spans(count, count, 0, PIECE, 0, PIECE, Math.ceilDiv(rest, 64) * 64);
    }

    public long offset(int span) {
        return first + span / perPlane * planeBytes + span % perPlane * spanBytes;
    }

    /** The length of a span. */
    public int bytes(int span) {
        return span == count - 1 ? lastBytes : bytes;
    }

    /**
     * Runs {@code body} on every span, in parallel if it pays: each byte of a span stands for {@code traffic} bytes of
     * work.
     */
    public void forEach(WorkerPool pool, int traffic, Body body) {
        pool.forEachSized(count, (long) bytes * traffic, i -> body.run(offset(i), bytes(i)));
    }
}
