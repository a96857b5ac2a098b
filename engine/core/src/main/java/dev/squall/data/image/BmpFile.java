package dev.squall.data.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** BMP: a header of one of several sizes, perhaps a palette, then pixels. */
final class BmpFile {
    private static final int CORE_HEADER = 12;

    /** How the pixels are packed: not at all, in runs of 8 or 4 bits, or not at all with masks. */
    private static final int PLAIN = 0;

    private static final int RUNS_OF_4 = 2;
    private static final int MASKS = 3;

    private BmpFile() {}

    static EncodedPicture essence(byte[] file) throws UnusablePictureException {
        ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        boolean core = in.getInt(14) == CORE_HEADER;
        long width = core ? Short.toUnsignedInt(in.getShort(18)) : in.getInt(18);
        long height = Math.abs((long) (core ? Short.toUnsignedInt(in.getShort(20)) : in.getInt(22)));
        int bits = Short.toUnsignedInt(in.getShort(core ? 24 : 28));
        int packing = core ? PLAIN : in.getInt(30);
        if (packing < PLAIN || packing > MASKS) {
            throw new UnusablePictureException(
                    "is a BMP whose pixels are packed in a way that is not supported; save it as PNG");
        }
        if (bits < 1 || bits > 32 || width < 1 || height < 1 || height > Integer.MAX_VALUE) {
            throw UnusablePictureException.damaged(
                    "it claims %d x %d pixels of %d bits".formatted(width, height, bits));
        }
        boolean runs = packing != PLAIN && packing <= RUNS_OF_4;
        long rowBytes = (width * bits + 31) / 32 * 4;
        if (!runs && Integer.toUnsignedLong(in.getInt(10)) + rowBytes * height > file.length) {
            throw UnusablePictureException.truncated();
        }
        // Many programs leave the size of the file 0, from which the decoder would compute how long the runs are.
        byte[] sized = file.clone();
        ByteBuffer.wrap(sized).order(ByteOrder.LITTLE_ENDIAN).putInt(2, file.length);
        return EncodedPicture.of(sized, (int) height, (int) width, Math.max(1, bits / 8), 1, Orientation.UPRIGHT);
    }
}
