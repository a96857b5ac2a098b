package dev.squall.io;

import dev.squall.error.BadInputException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A safetensors file: named tensors, and texts about them.
 *
 * <p>Eight bytes hold the length of the header, little-endian; the header is JSON and gives type, shape and place of
 * every tensor; the tensors follow without gaps.
 *
 * @param tensors by name, in the order of the header
 * @param metadata the texts under {@code __metadata__}
 * @see <a href="https://github.com/huggingface/safetensors#format">the format</a>
 */
public record SafeTensors(Map<String, HostTensor> tensors, Map<String, String> metadata) {
    /** The format's own limit. */
    private static final long LONGEST_HEADER = 100_000_000;

    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Copies both maps, keeping their order. */
    public SafeTensors {
        tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    /**
     * Maps a file into memory; the pages of a tensor are read when it is used. The mapping lasts as long as one of the
     * tensors is reachable; the file must not be changed in place meanwhile ({@link #write} replaces it).
     *
     * <p>A file that {@link #write} made carries a checksum, which is compared.
     *
     * @throws BadInputException if the file is missing, is not a whole and correct safetensors file, or is not what was once written
     */
    public static SafeTensors read(Path file) {
        return withoutChecksum(parse(file), file);
    }

    /**
     * The same for a file that nobody but {@link #write} can have made.
     *
     * @throws BadInputException also if it has no checksum
     */
    public static SafeTensors readOwn(Path file) {
        SafeTensors stored = parse(file);
        if (!stored.metadata.containsKey(Checksum.KEY)) {
            throw new BadInputException(file + " is damaged: it has no checksum");
        }
        return withoutChecksum(stored, file);
    }

    private static SafeTensors withoutChecksum(SafeTensors stored, Path file) {
        Map<String, String> texts = new LinkedHashMap<>(stored.metadata);
        String checksum = texts.remove(Checksum.KEY);
        if (checksum != null && !checksum.equals(Checksum.of(stored.tensors, texts))) {
            throw new BadInputException(
                    file + " is damaged: its contents do not give the checksum with which they were written");
        }
        return new SafeTensors(stored.tensors, texts);
    }

    private static SafeTensors parse(Path file) {
        if (!Files.isRegularFile(file)) {
            throw FileKind.notAFile(file);
        }
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer head = ByteBuffer.allocate((int) Math.min(FileKind.BYTES, channel.size()));
            while (head.hasRemaining() && channel.read(head, head.position()) > 0) {}
            String otherKind = FileKind.of(head.array()).sentence();
            if (!otherKind.isEmpty()) {
                throw new BadInputException(file + " " + otherKind);
            }
            return parse(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto()));
        } catch (IOException e) {
            throw BadInputException.unreadable(file, e);
        } catch (SafeTensorsHeader.FormatException e) {
            throw new BadInputException(file + " is not a correct safetensors file: " + e.getMessage(), e);
        }
    }

    private static SafeTensors parse(MemorySegment file) throws SafeTensorsHeader.FormatException {
        if (file.byteSize() < LENGTH.byteSize()) {
            throw new SafeTensorsHeader.FormatException(
                    "it has " + file.byteSize() + " bytes, less than the 8 of the header's length");
        }
        long headerBytes = file.get(LENGTH, 0);
        long start = LENGTH.byteSize() + headerBytes;
        if (headerBytes < 2 || headerBytes > LONGEST_HEADER) {
            throw new SafeTensorsHeader.FormatException(
                    "it does not begin with the length of a header; get the file again, or convert it to safetensors");
        }
        if (start > file.byteSize()) {
            throw new SafeTensorsHeader.FormatException("its header is said to be %s bytes long, but the file has %d"
                    .formatted(Long.toUnsignedString(headerBytes), file.byteSize()));
        }
        byte[] json = file.asSlice(LENGTH.byteSize(), headerBytes).toArray(ValueLayout.JAVA_BYTE);
        SafeTensorsHeader header = SafeTensorsHeader.parse(json, file.byteSize() - start);
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        header.entries().forEach((name, entry) -> {
            ByteBuffer bytes = file.asSlice(start + entry.begin(), entry.end() - entry.begin())
                    .asByteBuffer();
            tensors.put(name, new HostTensor(entry.type(), entry.shape(), bytes));
        });
        return new SafeTensors(tensors, header.metadata());
    }

    /**
     * Replaces {@code file} with these tensors and texts; what was there stays until the new one is complete. Equal
     * maps in equal order give equal bytes. Every tensor begins at a multiple of its element size.
     *
     * @throws IOException if the file cannot be written
     */
    public static void write(Path file, Map<String, HostTensor> tensors, Map<String, String> metadata)
            throws IOException {
        write(file, null, tensors, metadata);
    }

    /**
     * The same, and what {@code file} was before becomes {@code previous}, as with {@link AtomicFile}.
     *
     * @throws IOException if the file cannot be written
     */
    public static void write(
            Path file, @Nullable Path previous, Map<String, HostTensor> tensors, Map<String, String> metadata)
            throws IOException {
        List<Map.Entry<String, HostTensor>> stored = SafeTensorsHeader.stored(tensors);
        byte[] json = SafeTensorsHeader.write(stored, Checksum.added(tensors, metadata));
        ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        length.putLong(json.length).flip();
        AtomicFile.write(file, previous, out -> {
            writeAll(out, length);
            writeAll(out, ByteBuffer.wrap(json));
            for (Map.Entry<String, HostTensor> named : stored) {
                writeAll(out, named.getValue().bytes());
            }
        });
    }

    private static void writeAll(FileChannel out, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }
}
