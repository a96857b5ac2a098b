package dev.squall.data.source;

import dev.squall.data.ByteImageDataset;
import dev.squall.data.ImageShape;
import dev.squall.data.Input;
import dev.squall.error.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The binary files of CIFAR-10: records of one label byte and the red, green and blue planes of a 32 x 32 image.
 *
 * @see <a href="https://www.cs.toronto.edu/~kriz/cifar.html">the data set's page</a>
 */
public final class Cifar10Files {
    /** The classes by label. */
    public static final List<String> CLASSES =
            List.of("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

    private static final ImageShape SHAPE = new ImageShape(3, 32, 32);
    private static final int RECORD_BYTES = 1 + SHAPE.elements();

    private Cifar10Files() {}

    /**
     * Reads the {@code data_batch_*.bin} that there are; fewer than five make a smaller training set.
     *
     * @throws BadInputException if there is no such file or one is not what it should be
     */
    public static ByteImageDataset readTrain(Path directory) {
        Input.requireDirectory(directory);
        try (Stream<Path> files = Files.list(directory)) {
            List<Path> batches = files.filter(
                            file -> file.getFileName().toString().matches("data_batch_\\d+\\.bin"))
                    .sorted()
                    .toList();
            if (batches.isEmpty()) {
                throw new BadInputException("the directory " + directory + " has no data_batch_*.bin");
            }
            return read("cifar10/train", batches);
        } catch (IOException e) {
            throw BadInputException.unreadable("the directory " + directory, e);
        }
    }

    /**
     * Reads {@code test_batch.bin}.
     *
     * @throws BadInputException if it is missing or is not what it should be
     */
    public static ByteImageDataset readTest(Path directory) {
        Input.requireDirectory(directory);
        return read("cifar10/test", List.of(directory.resolve("test_batch.bin")));
    }

    private static ByteImageDataset read(String name, List<Path> files) {
        List<byte[]> contents = files.stream().map(Cifar10Files::records).toList();
        int count =
                contents.stream().mapToInt(bytes -> bytes.length / RECORD_BYTES).reduce(0, Math::addExact);
        byte[] pixels = new byte[Math.multiplyExact(count, SHAPE.elements())];
        byte[] labels = new byte[count];
        int image = 0;
        for (byte[] bytes : contents) {
            for (int record = 0; record < bytes.length; record += RECORD_BYTES, image++) {
                labels[image] = bytes[record];
                System.arraycopy(bytes, record + 1, pixels, image * SHAPE.elements(), SHAPE.elements());
            }
        }
        return new ByteImageDataset(name, SHAPE, CLASSES, pixels, labels);
    }

    private static byte[] records(Path file) {
        byte[] bytes = Input.file(file).read(in -> in.readAllBytes());
        if (bytes.length == 0) {
            throw new BadInputException(file + " is empty");
        }
        if (bytes.length % RECORD_BYTES != 0) {
            throw new BadInputException(
                    "%s is truncated or not CIFAR-10: its %d bytes are no multiple of the %d of a record"
                            .formatted(file, bytes.length, RECORD_BYTES));
        }
        for (int i = 0; i < bytes.length / RECORD_BYTES; i++) {
            IdxFiles.requireLabel(Byte.toUnsignedInt(bytes[i * RECORD_BYTES]), i, CLASSES.size(), file.toString());
        }
        return bytes;
    }
}
