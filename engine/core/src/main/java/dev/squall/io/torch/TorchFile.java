package dev.squall.io.torch;

import dev.squall.error.BadInputException;
import dev.squall.error.Excerpt;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * What a file of {@code torch.save} holds, in either of its two forms: a zip archive with a pickle and one record for each storage (since PyTorch 1.6), or pickles
 * and storages one after the other (before, and with {@code _use_new_zipfile_serialization=False}).
 *
 * @param value the object that was saved, of the kinds that {@link Unpickler} names, with {@link TorchTensor}s in it
 * @param unknown the full names of classes and functions that became placeholders
 * @param source what the bytes of tensors are read from, which must stay open until they are
 */
public record TorchFile(@Nullable Object value, Set<String> unknown, Closeable source) implements AutoCloseable {
    /** What PyTorch's old form begins with, as a number. */
    private static final BigInteger OLD_MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);

    private static final String PICKLE = "data.pkl";
    /** Pickles describe tensors, and the longest published ones have less than a megabyte. */
    private static final long LARGEST_PICKLE = 256L << 20;

    /**
     * Reads a zip archive. Bytes of tensors are read when they are {@linkplain TorchTensor#toHost asked for}, until the archive is closed; the file must not
     * change meanwhile.
     *
     * @throws BadInputException if it is damaged, or no checkpoint; names it
     */
    public static TorchFile readZip(Path file) {
        ZipFile zip = null;
        try {
            zip = new ZipFile(file.toFile());
            return ofZip(zip);
        } catch (PickleException e) {
            close(zip);
            throw new BadInputException(file + " is no checkpoint of PyTorch that can be read: " + e.getMessage(), e);
        } catch (ZipException e) {
            close(zip);
            throw new BadInputException(
                    file + " is a damaged or incomplete zip archive, as which PyTorch stores checkpoints ("
                            + BadInputException.reason(e) + "); get it again",
                    e);
        } catch (IOException e) {
            close(zip);
            throw BadInputException.unreadable(file, e);
        }
    }

    private static TorchFile ofZip(ZipFile zip) throws IOException, PickleException {
        ZipEntry pickle = zip.stream()
                .filter(entry ->
                        entry.getName().equals(PICKLE) || entry.getName().endsWith("/" + PICKLE))
                .findFirst()
                .orElseThrow(() -> new PickleException("it is a zip archive without " + PICKLE
                        + (zip.getEntry("model.json") == null
                                ? "; if weights are in it, unpack it"
                                : "; an archive of TorchScript from before 2020")));
        if (zip.stream().anyMatch(entry -> entry.getName().endsWith("/constants.pkl"))) {
            throw new PickleException("it is a program of TorchScript; save what state_dict() of it gives");
        }
        String folder = pickle.getName().substring(0, pickle.getName().length() - PICKLE.length());
        ByteOrder order = order(zip, folder);
        TorchObjects objects = new TorchObjects(new TorchObjects.StorageFinder() {
            private final Map<String, ByteBuffer> read = new HashMap<>();

            @Override
            public TorchStorage find(
                    Global storageClass, String key, long elements, @Nullable List<@Nullable Object> view) {
                return TorchStorage.of(storageClass, elements, () -> {
                    ByteBuffer bytes = read.get(key);
                    if (bytes == null) {
                        bytes = swapped(record(zip, folder + "data/" + key), order, storageClass);
                        read.put(key, bytes);
                    }
                    return bytes.duplicate();
                });
            }

            @Override
            public @Nullable Object nested(byte[] bytes) throws PickleException {
                return ofOldForm(ByteBuffer.wrap(bytes), false).value;
            }
        });
        Object value = Unpickler.load(ByteBuffer.wrap(bytes(zip, pickle, LARGEST_PICKLE)), objects);
        return new TorchFile(value, Collections.unmodifiableSet(objects.unknown()), zip);
    }

    private static ByteBuffer record(ZipFile zip, String name) throws PickleException {
        try {
            ZipEntry entry = zip.getEntry(name);
            if (entry == null) {
                throw new PickleException("it lacks the record " + Excerpt.of(name));
            }
            return ByteBuffer.wrap(bytes(zip, entry, Integer.MAX_VALUE - 8L));
        } catch (IOException e) {
            throw new PickleException(
                    "its record " + Excerpt.of(name) + " cannot be read (" + BadInputException.reason(e) + ")", e);
        }
    }

    /** Closes what tensors are read from. */
    @Override
    public void close() {
        close(source);
    }

    private static void close(@Nullable Closeable file) {
        try {
            if (file != null) {
                file.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** PyTorch stores without compression; so a small file cannot hold large records. */
    private static byte[] bytes(ZipFile zip, ZipEntry entry, long largest) throws IOException, PickleException {
        if (entry.getMethod() != ZipEntry.STORED) {
            throw new PickleException("its record " + Excerpt.of(entry.getName())
                    + " is compressed, which PyTorch's are not; unpack and pack it without");
        }
        if (entry.getSize() > largest) {
            throw new PickleException("its record " + Excerpt.of(entry.getName()) + " has " + entry.getSize()
                    + " bytes, more than " + largest);
        }
        try (InputStream in = zip.getInputStream(entry)) {
            return in.readNBytes((int) entry.getSize());
        }
    }

    private static ByteOrder order(ZipFile zip, String folder) throws IOException, PickleException {
        ZipEntry entry = zip.getEntry(folder + "byteorder");
        return entry != null && new String(bytes(zip, entry, 64), StandardCharsets.US_ASCII).equals("big")
                ? ByteOrder.BIG_ENDIAN
                : ByteOrder.LITTLE_ENDIAN;
    }

    /**
     * Reads a file of the old form.
     *
     * @throws BadInputException if it is damaged, or no checkpoint; names it
     */
    public static TorchFile readOldForm(Path file) {
        try (FileChannel channel = FileChannel.open(file)) {
            if (channel.size() > Integer.MAX_VALUE) {
                throw new BadInputException(file + " has more than 2 GB in PyTorch's old form, which cannot be read;"
                        + " save it with a PyTorch of version 1.6 or later");
            }
            return ofOldForm(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()), true);
        } catch (PickleException e) {
            throw new BadInputException(file + " is no checkpoint of PyTorch that can be read: " + e.getMessage(), e);
        } catch (IOException e) {
            throw BadInputException.unreadable(file, e);
        }
    }

    /**
     * Five pickles (magic number, protocol, system, value, keys of storages), then for each key the number of elements and the elements. Where the first pickle is no magic
     * number, it is the value, written by Python's own {@code pickle.dump}; its storages are of this form again, each as bytes within it.
     */
    private static TorchFile ofOldForm(ByteBuffer in, boolean mayNest) throws PickleException {
        Map<String, OldStorage> storages = new HashMap<>();
        TorchObjects objects = new TorchObjects(new TorchObjects.StorageFinder() {
            @Override
            public TorchStorage find(
                    Global storageClass, String key, long elements, @Nullable List<@Nullable Object> view)
                    throws PickleException {
                OldStorage storage = storages.computeIfAbsent(key, _ -> new OldStorage(storageClass));
                TorchStorage whole = TorchStorage.of(storageClass, elements, storage);
                return view == null ? whole : part(whole, view);
            }

            @Override
            public @Nullable Object nested(byte[] bytes) throws PickleException {
                if (!mayNest) {
                    throw new PickleException("it has a pickle in a pickle in a pickle");
                }
                return ofOldForm(ByteBuffer.wrap(bytes), false).value;
            }
        });
        Object first = Unpickler.load(in, objects);
        if (!OLD_MAGIC.equals(first)) {
            return new TorchFile(first, Collections.unmodifiableSet(objects.unknown()), () -> {});
        }
        Unpickler.load(in, objects);
        boolean little = !(Unpickler.load(in, objects) instanceof Map<?, ?> system)
                || !Boolean.FALSE.equals(system.get("little_endian"));
        Object value = Unpickler.load(in, objects);
        if (!(Unpickler.load(in, objects) instanceof List<?> keys)) {
            throw new PickleException("it has no list of storages");
        }
        ByteOrder order = little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        for (Object key : keys) {
            OldStorage storage = storages.get(TorchObjects.key(key));
            if (storage == null) {
                throw new PickleException("it has a storage that no tensor uses, whose size is therefore unknown");
            }
            storage.take(in, order);
        }
        return new TorchFile(value, Collections.unmodifiableSet(objects.unknown()), () -> {});
    }

    /** A part of a storage: its own key, where it begins, and how many elements it has. */
    private static TorchStorage part(TorchStorage whole, List<@Nullable Object> view) throws PickleException {
        if (view.size() != 3 || whole.type() == null) {
            throw new PickleException("it has a view of a storage that cannot be understood");
        }
        long offset = TorchObjects.number(view.get(1));
        long elements = TorchObjects.number(view.get(2));
        int bytes = whole.type().bytes();
        if (offset < 0 || elements < 0 || elements > whole.elements() || offset > whole.elements() - elements) {
            throw new PickleException("it has a view that leaves its storage");
        }
        return new TorchStorage(whole.type(), whole.typeName(), elements, () -> {
            ByteBuffer all = whole.source().bytes();
            if (all.remaining() / bytes < offset + elements) {
                throw new PickleException("a tensor's bytes are not all there");
            }
            return all.slice((int) (offset * bytes), (int) (elements * bytes));
        });
    }

    /** A storage whose bytes come later in the file than the tensors that use it. */
    private static final class OldStorage implements TorchStorage.Source {
        private final Global storageClass;
        private @Nullable ByteBuffer bytes;

        OldStorage(Global storageClass) {
            this.storageClass = storageClass;
        }

        void take(ByteBuffer in, ByteOrder order) throws PickleException {
            int width = TorchStorage.bytesOfClass(storageClass);
            if (width == 0) {
                throw new PickleException("it has a " + storageClass.full() + ", which cannot be read");
            }
            if (in.remaining() < Long.BYTES) {
                throw new PickleException("it ends before its tensors do");
            }
            long elements = in.order(order).getLong();
            if (elements < 0 || elements > in.remaining() / width) {
                throw new PickleException("it ends before its tensors do");
            }
            int length = (int) (elements * width);
            bytes = swapped(in.slice(in.position(), length), order, storageClass);
            in.position(in.position() + length);
        }

        @Override
        public ByteBuffer bytes() throws PickleException {
            if (bytes == null) {
                throw new PickleException("it lacks the bytes of a tensor");
            }
            return bytes.duplicate();
        }
    }

    /** The same elements little-endian. */
    private static ByteBuffer swapped(ByteBuffer bytes, ByteOrder order, Global storageClass) {
        var type = TorchStorage.typeOfClass(storageClass);
        if (order == ByteOrder.LITTLE_ENDIAN || type == null || type.bytes() == 1) {
            return bytes;
        }
        ByteBuffer swapped = ByteBuffer.allocate(bytes.remaining());
        for (int at = bytes.position(); at + type.bytes() <= bytes.limit(); at += type.bytes()) {
            for (int b = type.bytes() - 1; b >= 0; b--) {
                swapped.put(bytes.get(at + b));
            }
        }
        return swapped.flip();
    }
}
