package dev.squall.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/** Small data files for tests. */
public final class TestFiles {
    private TestFiles() {}

    /** Magic number and dimensions in big-endian order, then the data. */
    public static byte[] idx(byte[] data, int... header) {
        ByteBuffer buffer = ByteBuffer.allocate(4 * header.length + data.length);
        for (int value : header) {
            buffer.putInt(value);
        }
        return buffer.put(data).array();
    }

    public static byte[] gzip(byte[] data) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(data);
        }
        return packed.toByteArray();
    }

    /** Bytes 0, 1, 2 and so on. */
    public static byte[] counting(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) i;
        }
        return bytes;
    }

    /** CIFAR-10 records with these labels; record {@code r} has the value {@code 10 * r} everywhere. */
    public static void writeCifar(Path file, int... labels) throws IOException {
        ByteBuffer records = ByteBuffer.allocate(labels.length * 3073);
        for (int r = 0; r < labels.length; r++) {
            records.put((byte) labels[r]);
            for (int i = 0; i < 3072; i++) {
                records.put((byte) (10 * r));
            }
        }
        Files.write(file, records.array());
    }
}
