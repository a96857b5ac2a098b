package dev.squall.data.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * GIF: a canvas, then blocks; of these, the first picture and the block that says which of its colours is transparent.
 *
 * @see <a href="https://www.w3.org/Graphics/GIF/spec-gif89a.txt">the specification</a>
 */
final class GifFile {
    private static final int HEADER_BYTES = 13;
    private static final int EXTENSION = 0x21;
    private static final int CONTROL = 0xf9;
    private static final int PICTURE = 0x2c;
    private static final int TRAILER = 0x3b;

    private GifFile() {}

    static EncodedPicture essence(byte[] file) throws UnusablePictureException {
        ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer out = ByteBuffer.allocate(file.length + 1);
        int place = HEADER_BYTES + paletteBytes(in.get(10));
        out.put(in.slice(0, place));
        while (in.get(place) != PICTURE) {
            if (in.get(place) != EXTENSION) {
                throw UnusablePictureException.damaged("it holds no picture");
            }
            int end = endOfBlocks(in, place + 2);
            if (Byte.toUnsignedInt(in.get(place + 1)) == CONTROL) {
                out.put(in.slice(place, end - place));
            }
            place = end;
        }
        int left = Short.toUnsignedInt(in.getShort(place + 1));
        int top = Short.toUnsignedInt(in.getShort(place + 3));
        int width = Short.toUnsignedInt(in.getShort(place + 5));
        int height = Short.toUnsignedInt(in.getShort(place + 7));
        int pixels = place + 10 + paletteBytes(in.get(place + 9));
        int end = endOfBlocks(in, pixels + 1);
        out.put(in.slice(place, end - place)).put((byte) TRAILER);
        // As browsers do, the canvas is as large as its first picture needs.
        EncodedPicture.Frame frame = new EncodedPicture.Frame(
                Math.max(Short.toUnsignedInt(in.getShort(8)), top + height),
                Math.max(Short.toUnsignedInt(in.getShort(6)), left + width),
                top,
                left);
        return new EncodedPicture(
                Arrays.copyOf(out.array(), out.position()),
                height,
                width,
                1,
                1,
                Orientation.UPRIGHT,
                frame,
                EncodedPicture.Alpha.STRAIGHT);
    }

    private static int paletteBytes(int flags) {
        return (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
    }

    /** Behind the block of length 0 that ends a row of blocks. */
    private static int endOfBlocks(ByteBuffer in, int place) {
        int next = place;
        while (in.get(next) != 0) {
            next += 1 + Byte.toUnsignedInt(in.get(next));
        }
        return next + 1;
    }
}
