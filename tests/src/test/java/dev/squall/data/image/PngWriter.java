package dev.squall.data.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/** Writes PNG files chunk by chunk, also such as no program would write. */
final class PngWriter {
    static final int GREY = 0;
    static final int COLOUR = 2;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    PngWriter(int width, int height, int colourType) {
        this(width, height, colourType, 8);
    }

    /** With samples of {@code bits} bits. */
    PngWriter(int width, int height, int colourType, int bits) {
        out.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
        chunk(
                "IHDR",
                ByteBuffer.allocate(13)
                        .putInt(width)
                        .putInt(height)
                        .put((byte) bits)
                        .put((byte) colourType)
                        .array());
    }

    PngWriter chunk(String type, byte[] data) {
        return chunk(type, data, 0);
    }

    /** With something wrong about its checksum, if {@code error} is not 0. */
    PngWriter chunk(String type, byte[] data, int error) {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 checksum = new CRC32();
        checksum.update(name);
        checksum.update(data);
        out.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
        out.writeBytes(name);
        out.writeBytes(data);
        out.writeBytes(
                ByteBuffer.allocate(4).putInt((int) checksum.getValue() + error).array());
        return this;
    }

    /** The pixels, all of value 0, and the end. */
    byte[] black(long rows, int rowBytes) {
        return chunk("IDAT", zeros(rows * (rowBytes + 1L)))
                .chunk("IEND", new byte[0])
                .bytes();
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    /** So many zeros as zlib packs them, about a two-hundredth of that. */
    static byte[] zeros(long count) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflate = new DeflaterOutputStream(packed, new Deflater(Deflater.BEST_SPEED))) {
            byte[] block = new byte[1 << 16];
            for (long left = count; left > 0; left -= block.length) {
                deflate.write(block, 0, (int) Math.min(left, block.length));
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return packed.toByteArray();
    }
}
