package dev.squall.data.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * WebP: RIFF chunks, each of a type, a length and data; of an animation, the first picture.
 *
 * <p>A lossy picture has colours at half its resolution. The decoder, TwelveMonkeys, repeats them where libwebp, and so Pillow, interpolates:
 * in a photograph of 1024 x 768 pixels, one value in a thousand differs by more than 4/255, and the mean difference is 0.4/255; where strong
 * colours meet, a pixel may differ by half of the range. Lossless pictures are the same.
 *
 * @see <a href="https://developers.google.com/speed/webp/docs/riff_container">the specification</a>
 */
final class WebpFile {
    private static final int HEADER_BYTES = 12;
    private static final int EXTENDED_BYTES = 10;
    private static final int FRAME_BYTES = 16;
    private static final byte ALPHA = 0x10;

    /** A pixel of WebP takes that many times as long as one of PNG: its decoder is in Java, and its format more involved. */
    private static final double EFFORT = 4;

    private final ByteBuffer in;
    private final ByteBuffer out;
    private int orientation = Orientation.UPRIGHT;
    private int width;
    private int height;
    private boolean hasPixels;

    private WebpFile(byte[] file) {
        in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        out = ByteBuffer.allocate(file.length + HEADER_BYTES + 8 + EXTENDED_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    static EncodedPicture essence(byte[] file) throws UnusablePictureException {
        return new WebpFile(file).essence();
    }

    private EncodedPicture essence() throws UnusablePictureException {
        out.put(in.slice(0, HEADER_BYTES));
        int canvasWidth = 0;
        int canvasHeight = 0;
        int left = 0;
        int top = 0;
        boolean extended = false;
        for (int place = HEADER_BYTES; place + 8 <= in.capacity(); ) {
            String type = type(place);
            int length = length(place);
            int data = place + 8;
            switch (type) {
                case "VP8X" -> {
                    extended = true;
                    canvasWidth = 1 + threeBytes(data + 4);
                    canvasHeight = 1 + threeBytes(data + 7);
                }
                case "ANMF" -> {
                    if (!hasPixels) {
                        left = 2 * threeBytes(data);
                        top = 2 * threeBytes(data + 3);
                        picture(data + FRAME_BYTES, data + length, true);
                    }
                }
                case "ALPH", "VP8 ", "VP8L" -> {
                    if (!hasPixels) {
                        picture(place, Math.min(in.capacity(), data + length + length % 2), extended);
                    }
                }
                case "EXIF" -> orientation = Orientation.ofExif(exif(data, length));
                default -> {}
            }
            place = data + length + length % 2;
        }
        if (!hasPixels) {
            throw UnusablePictureException.truncated();
        }
        out.putInt(4, out.position() - 8);
        EncodedPicture.Frame frame = new EncodedPicture.Frame(
                Math.max(canvasHeight, top + height), Math.max(canvasWidth, left + width), top, left);
        byte[] essence = Arrays.copyOf(out.array(), out.position());
        return new EncodedPicture(essence, height, width, 4, EFFORT, orientation, frame, EncodedPicture.Alpha.STRAIGHT);
    }

    /** Keeps the chunks of one picture: its transparency, if any, and its pixels. */
    private void picture(int from, int to, boolean extended) throws UnusablePictureException {
        for (int place = from; place + 8 <= to && !hasPixels; place += 8 + length(place) + length(place) % 2) {
            String type = type(place);
            int data = place + 8;
            switch (type) {
                case "ALPH" -> {
                    // Needs the extended header in front of it, with the size of this picture, which its pixels tell.
                    int pixels = data + length(place) + length(place) % 2;
                    if (extended && pixels + 18 <= in.capacity() && type(pixels).equals("VP8 ")) {
                        sizeOfLossy(pixels + 8);
                        header();
                        keep(place);
                    }
                }
                case "VP8 " -> {
                    sizeOfLossy(data);
                    keep(place);
                    hasPixels = true;
                }
                case "VP8L" -> {
                    int bits = in.getInt(data + 1);
                    width = 1 + (bits & 0x3fff);
                    height = 1 + (bits >>> 14 & 0x3fff);
                    keep(place);
                    hasPixels = true;
                }
                default -> {}
            }
        }
    }

    private void sizeOfLossy(int data) {
        width = in.getShort(data + 6) & 0x3fff;
        height = in.getShort(data + 8) & 0x3fff;
    }

    private void header() {
        out.put("VP8X".getBytes(StandardCharsets.US_ASCII)).putInt(EXTENDED_BYTES);
        out.putInt(ALPHA);
        out.put((byte) (width - 1)).put((byte) (width - 1 >> 8)).put((byte) (width - 1 >> 16));
        out.put((byte) (height - 1)).put((byte) (height - 1 >> 8)).put((byte) (height - 1 >> 16));
    }

    private void keep(int place) {
        int length = length(place);
        out.put(in.slice(place, 8 + length));
        if (length % 2 == 1) {
            out.put((byte) 0);
        }
    }

    /** EXIF data begin with a TIFF header; some programs put JPEG's {@code Exif\0\0} in front of it. */
    private ByteBuffer exif(int data, int length) {
        boolean named = length > 6 && type(data).equals("Exif");
        return named ? in.slice(data + 6, length - 6) : in.slice(data, length);
    }

    private String type(int place) {
        byte[] letters = new byte[4];
        in.get(place, letters);
        return new String(letters, StandardCharsets.ISO_8859_1);
    }

    /** Of a chunk's data, which must be there. */
    private int length(int place) {
        int length = in.getInt(place + 4);
        if (length < 0 || length > in.capacity() - place - 8) {
            throw new IndexOutOfBoundsException(length);
        }
        return length;
    }

    private int threeBytes(int place) {
        return in.getShort(place) & 0xffff | (in.get(place + 2) & 0xff) << 16;
    }
}
