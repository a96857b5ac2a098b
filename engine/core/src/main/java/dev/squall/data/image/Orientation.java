package dev.squall.data.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** How stored rows and columns lie in the picture: the EXIF tag of that name, 1 (upright) to 8. */
final class Orientation {
    static final int UPRIGHT = 1;

    static final int TAG = 0x0112;
    private static final int SHORT = 3;
    private static final int ENTRY_BYTES = 12;

    private Orientation() {}

    /** Whether stored rows are columns of the picture. */
    static boolean isTransposed(int orientation) {
        return orientation >= 5;
    }

    /** Whether the first stored row is at the bottom, or if transposed, the first stored column. */
    static boolean isBottomUp(int orientation) {
        return orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    }

    /** Whether the first stored column is on the right. */
    static boolean isRightToLeft(int orientation) {
        return orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    }

    /** 1 to 8: what stands for nothing known is upright. */
    static int valid(int orientation) {
        return orientation < 1 || orientation > 8 ? UPRIGHT : orientation;
    }

    /**
     * Of a block of EXIF data, which has the form of a TIFF file. No more is read than the entries of its first directory, at
     * most 65,535 of them; a block without the tag, or a damaged one, is no reason to refuse a picture, and means upright.
     */
    static int ofExif(ByteBuffer exif) {
        try {
            ByteBuffer tiff = exif.slice();
            int order = tiff.getShort(0);
            if (order != 0x4d4d && order != 0x4949) {
                return UPRIGHT;
            }
            tiff.order(order == 0x4d4d ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
            int directory = tiff.getInt(4);
            int entries = Short.toUnsignedInt(tiff.getShort(directory));
            for (int i = 0; i < entries; i++) {
                int entry = directory + 2 + i * ENTRY_BYTES;
                if (Short.toUnsignedInt(tiff.getShort(entry)) == TAG) {
                    return tiff.getShort(entry + 2) == SHORT ? valid(tiff.getShort(entry + 8)) : UPRIGHT;
                }
            }
            return UPRIGHT;
        } catch (IndexOutOfBoundsException e) {
            return UPRIGHT;
        }
    }
}
