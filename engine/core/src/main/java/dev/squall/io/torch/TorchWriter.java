package dev.squall.io.torch;

import dev.squall.io.AtomicFile;
import dev.squall.io.ElementType;
import dev.squall.io.HostTensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes a state dict as {@code torch.save} does: a zip archive whose {@code data.pkl} is a pickle of protocol 2 with an ordered dictionary of tensors, and one record
 * for each tensor. {@code torch.load(file, weights_only=True)} reads it.
 */
public final class TorchWriter {
    private static final String FOLDER = "archive/";

    private TorchWriter() {}

    /**
     * Replaces {@code file}; what was there stays until the new one is complete.
     *
     * @throws IOException if it cannot be written
     */
    public static void write(Path file, Map<String, HostTensor> tensors) throws IOException {
        List<HostTensor> storages = new ArrayList<>(tensors.values());
        AtomicFile.write(file, channel -> {
            // Closing the stream would close the file before it is forced to the disk.
            ZipOutputStream zip = new ZipOutputStream(Channels.newOutputStream(channel));
            zip.setMethod(ZipOutputStream.STORED);
            record(zip, "data.pkl", pickle(tensors));
            record(zip, "byteorder", "little".getBytes(StandardCharsets.US_ASCII));
            for (int i = 0; i < storages.size(); i++) {
                ByteBuffer bytes = storages.get(i).bytes();
                byte[] array = new byte[bytes.remaining()];
                bytes.get(array);
                record(zip, "data/" + i, array);
            }
            record(zip, "version", "3\n".getBytes(StandardCharsets.US_ASCII));
            zip.finish();
            zip.flush();
        });
    }

    private static void record(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
        ZipEntry entry = new ZipEntry(FOLDER + name);
        CRC32 crc = new CRC32();
        crc.update(bytes);
        entry.setCrc(crc.getValue());
        entry.setSize(bytes.length);
        // The first time that the format knows, in no zone, so that equal tensors give equal bytes.
        entry.setTimeLocal(LocalDateTime.of(1980, 1, 1, 0, 0));
        zip.putNextEntry(entry);
        zip.write(bytes);
        zip.closeEntry();
    }

    private static byte[] pickle(Map<String, HostTensor> tensors) throws IOException {
        Pickler out = new Pickler();
        out.opcode(0x80, 2);
        out.global("collections", "OrderedDict");
        out.opcode(')', 'R', '(');
        int storage = 0;
        for (Map.Entry<String, HostTensor> entry : tensors.entrySet()) {
            out.text(entry.getKey());
            tensor(out, entry.getValue(), storage++);
        }
        out.opcode('u', '.');
        return out.bytes.toByteArray();
    }

    /** {@code _rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks)}. */
    private static void tensor(Pickler out, HostTensor tensor, int storage) throws IOException {
        long[] shape = tensor.shape();
        long elements = 1;
        long[] strides = new long[shape.length];
        for (int i = shape.length - 1; i >= 0; i--) {
            strides[i] = elements;
            elements *= shape[i];
        }
        out.global("torch._utils", "_rebuild_tensor_v2");
        out.opcode('(', '(');
        out.text("storage");
        out.global("torch", storageClass(tensor.type()));
        out.text(Integer.toString(storage));
        out.text("cpu");
        out.number(elements);
        out.opcode('t', 'Q');
        out.number(0);
        out.tuple(shape);
        out.tuple(strides);
        out.opcode(0x89);
        out.global("collections", "OrderedDict");
        out.opcode(')', 'R', 't', 'R');
    }

    private static String storageClass(ElementType type) throws IOException {
        return switch (type) {
            case F64 -> "DoubleStorage";
            case F32 -> "FloatStorage";
            case F16 -> "HalfStorage";
            case BF16 -> "BFloat16Storage";
            case I64 -> "LongStorage";
            case I32 -> "IntStorage";
            case I16 -> "ShortStorage";
            case I8 -> "CharStorage";
            case U8 -> "ByteStorage";
            case BOOL -> "BoolStorage";
            case U16, U32, U64 -> throw new IOException("PyTorch has no storage of " + type);
        };
    }

    /** The few instructions that a state dict needs. */
    private static final class Pickler {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final OutputStream out = bytes;

        void opcode(int... codes) throws IOException {
            for (int code : codes) {
                out.write(code);
            }
        }

        void global(String module, String name) throws IOException {
            out.write('c');
            out.write((module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
        }

        void text(String text) throws IOException {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            out.write('X');
            little(utf8.length, Integer.BYTES);
            out.write(utf8);
        }

        /** Four bytes with a sign where they suffice, else as many as a long has. */
        void number(long value) throws IOException {
            if (value == (int) value) {
                out.write('J');
                little(value, Integer.BYTES);
            } else {
                out.write(0x8a);
                out.write(Long.BYTES);
                little(value, Long.BYTES);
            }
        }

        void tuple(long[] values) throws IOException {
            out.write('(');
            for (long value : values) {
                number(value);
            }
            out.write('t');
        }

        private void little(long value, int count) throws IOException {
            ByteBuffer buffer = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            out.write(buffer.putLong(value).array(), 0, count);
        }
    }
}
