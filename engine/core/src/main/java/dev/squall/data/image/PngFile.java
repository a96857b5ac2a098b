package dev.squall.data.image;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * PNG: a signature, then chunks, each of a length, a type, data and a checksum.
 *
 * @see <a href="https://www.w3.org/TR/png-3/">the specification</a>
 */
final class PngFile {
    private static final int SIGNATURE_BYTES = 8;
    private static final int FRAME_BYTES = 12;

    private static final int IHDR = 0x49484452;
    private static final int PLTE = 0x504c5445;
    private static final int TRNS = 0x74524e53;
    private static final int IDAT = 0x49444154;
    private static final int IEND = 0x49454e44;
    private static final int EXIF = 0x65584966;
    private static final int APPLE = 0x43674249;

    private static final int HEADER_BYTES = 13;
    private static final int GREY = 0;
    private static final int COLOUR = 2;
    private static final int PALETTE = 3;

    /** Samples of a pixel by colour type. */
    private static final int[] SAMPLES = {1, 0, 3, 1, 2, 0, 4};

    private PngFile() {}

    static EncodedPicture essence(byte[] file) throws UnusablePictureException {
        ByteBuffer in = ByteBuffer.wrap(file);
        ByteBuffer out = ByteBuffer.allocate(file.length + FRAME_BYTES);
        out.put(file, 0, SIGNATURE_BYTES);
        int orientation = Orientation.UPRIGHT;
        ByteBuffer header = null;
        int place = SIGNATURE_BYTES;
        boolean ended = false;
        boolean hasPixels = false;
        while (!ended && place < file.length) {
            int length = in.getInt(place);
            int type = in.getInt(place + 4);
            if (length < 0 || length > file.length - place - FRAME_BYTES) {
                if (isKept(type) || !hasPixels) {
                    throw UnusablePictureException.truncated();
                }
                break;
            }
            ByteBuffer data = in.slice(place + 8, length);
            switch (type) {
                case IHDR -> header = header == null ? data : header;
                case EXIF -> orientation = Orientation.ofExif(data);
                case APPLE ->
                    throw new UnusablePictureException(
                            "is a PNG in Apple's own variant for iOS, which is not supported; save it as PNG anew");
                default -> {}
            }
            hasPixels |= type == IDAT;
            ended = type == IEND;
            if (isKept(type) && (type != TRNS || isTransparency(header, length))) {
                requireIntact(file, place, length);
                out.put(file, place, length + FRAME_BYTES);
            }
            place += length + FRAME_BYTES;
        }
        if (!hasPixels) {
            throw UnusablePictureException.truncated();
        }
        if (!ended) {
            out.putInt(0).putInt(IEND).putInt(checksum(out.array(), out.position() - 4, 4));
        }
        byte[] essence = Arrays.copyOf(out.array(), out.position());
        return of(essence, header, orientation);
    }

    private static EncodedPicture of(byte[] essence, @Nullable ByteBuffer header, int orientation)
            throws UnusablePictureException {
        if (header == null || header.capacity() != HEADER_BYTES) {
            throw UnusablePictureException.damaged("it has no header");
        }
        int colourType = header.get(9);
        if (colourType < 0 || colourType >= SAMPLES.length || SAMPLES[colourType] == 0) {
            throw UnusablePictureException.damaged("there is no colour type " + colourType);
        }
        int bytes = Math.max(1, SAMPLES[colourType] * header.get(8) / 8);
        boolean interlaced = header.get(12) != 0;
        double effort = Math.max(1, bytes / 3.0) * (interlaced ? 2 : 1);
        return EncodedPicture.of(essence, header.getInt(4), header.getInt(0), bytes, effort, orientation);
    }

    private static boolean isKept(int type) {
        return type == IHDR || type == PLTE || type == TRNS || type == IDAT || type == IEND;
    }

    /** A chunk of another length is no transparency, and the picture can be seen without. */
    private static boolean isTransparency(@Nullable ByteBuffer header, int length) {
        if (header == null || header.capacity() != HEADER_BYTES) {
            return false;
        }
        return switch (header.get(9)) {
            case GREY -> length == 2;
            case COLOUR -> length == 6;
            case PALETTE -> length <= 256;
            default -> false;
        };
    }

    private static void requireIntact(byte[] file, int place, int length) throws UnusablePictureException {
        int stored = ByteBuffer.wrap(file).getInt(place + 8 + length);
        if (checksum(file, place + 4, length + 4) != stored) {
            throw UnusablePictureException.damaged("a checksum in it is wrong");
        }
    }

    private static int checksum(byte[] bytes, int from, int length) {
        CRC32 checksum = new CRC32();
        checksum.update(bytes, from, length);
        return (int) checksum.getValue();
    }
}
