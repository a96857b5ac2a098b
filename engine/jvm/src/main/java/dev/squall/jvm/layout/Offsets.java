package dev.squall.jvm.layout;

import dev.squall.tensor.Shape;

/**
 * Where the elements of a storage of any rank and layout lie: the offset of an element in bytes is the sum of one number for each of its coordinates,
 * {@code of[d][coordinate d]}.
 */
public record Offsets(long[][] of) {

    /** Those of a storage. */
    public static Offsets of(JvmStorage storage) {
        Shape shape = storage.shape();
        long[][] offsets = new long[shape.rank()][];
        long step = Float.BYTES;
        for (int d = offsets.length - 1; d >= 0; d--) {
            offsets[d] = new long[shape.dim(d)];
            for (int i = 0; i < offsets[d].length; i++) {
                offsets[d][i] = storage.isBlocked() ? blocked(storage.layout(), d, i) : i * step;
            }
            step *= shape.dim(d);
        }
        return new Offsets(offsets);
    }

    private static long blocked(BlockedLayout layout, int dimension, int i) {
        return switch (dimension) {
            case 0 -> i * layout.imageBytes();
            case 1 -> i / BlockedLayout.BLOCK * layout.blockBytes() + (long) (i % BlockedLayout.BLOCK) * Float.BYTES;
            case 2 -> (i + layout.halo()) * layout.rowBytes();
            default -> (long) (i + layout.halo()) * BlockedLayout.PIXEL_BYTES;
        };
    }

    /** Of the element with these coordinates, without what dimension {@code left} contributes. */
    public long without(int left, int[] coordinates) {
        long offset = 0;
        for (int d = 0; d < of.length; d++) {
            if (d != left) {
                offset += of[d][coordinates[d]];
            }
        }
        return offset;
    }
}
