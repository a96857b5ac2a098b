package dev.squall.data.source;

import dev.squall.data.ByteImageDataset;
import dev.squall.data.ImageShape;
import dev.squall.data.Input;
import dev.squall.error.BadInputException;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The idx files of MNIST and of the data sets that took over its format, plain or packed with gzip.
 *
 * <p>Big-endian: a magic number (two zero bytes, 8 for unsigned bytes, the number of dimensions), each dimension in 32
 * bits, then the values. Images have three dimensions (count, rows, columns), labels have one.
 */
public final class IdxFiles {
    /** Of a file of images. */
    static final int IMAGES_MAGIC = 0x803;

    /** Of a file of labels. */
    static final int LABELS_MAGIC = 0x801;

    private IdxFiles() {}

    private record Images(ImageShape shape, int count, byte[] pixels) {}

    /**
     * Reads one pair of files.
     *
     * @param name of the data set
     * @throws BadInputException if a file is missing or is not what it should be, or if the two do not belong together
     */
    public static ByteImageDataset read(String name, Path images, Path labels, List<String> classNames) {
        return read(name, Input.file(images), Input.file(labels), classNames);
    }

    static ByteImageDataset read(String name, Input imagesInput, Input labelsInput, List<String> classNames) {
        Images images = imagesInput.read(in -> readImages(in, imagesInput.name()));
        byte[] labels = labelsInput.read(in -> readLabels(in, labelsInput.name(), classNames.size()));
        if (images.count() != labels.length) {
            throw new BadInputException("%s holds %d images, but %s holds %d labels"
                    .formatted(imagesInput.name(), images.count(), labelsInput.name(), labels.length));
        }
        return new ByteImageDataset(name, images.shape(), classNames, images.pixels(), labels);
    }

    /**
     * Reads the {@code train-*} or {@code t10k-*} pair of a directory, with or without {@code .gz}.
     *
     * @throws BadInputException as above, or if there is no such directory
     */
    static ByteImageDataset read(String name, Path directory, String prefix, List<String> classNames) {
        Input.requireDirectory(directory);
        Path images = plainOrPacked(directory, prefix + "-images-idx3-ubyte");
        Path labels = plainOrPacked(directory, prefix + "-labels-idx1-ubyte");
        return read(name, images, labels, classNames);
    }

    private static Path plainOrPacked(Path directory, String file) {
        Path plain = directory.resolve(file);
        Path packed = directory.resolve(file + ".gz");
        if (!Files.exists(plain) && !Files.exists(packed)) {
            throw new BadInputException("the directory %s has neither %s nor %s.gz".formatted(directory, file, file));
        }
        return Files.exists(plain) ? plain : packed;
    }

    private static Images readImages(InputStream stream, String file) throws IOException {
        DataInputStream in = new DataInputStream(stream);
        requireMagic(in, IMAGES_MAGIC, "images", file);
        int count = in.readInt();
        int rows = in.readInt();
        int columns = in.readInt();
        if (count < 1 || rows < 1 || columns < 1) {
            throw new BadInputException("%s claims %d images of %d x %d pixels, but must hold at least one of each"
                    .formatted(file, count, rows, columns));
        }
        byte[] pixels = readToEnd(in, (double) count * rows * columns, file);
        return new Images(new ImageShape(1, rows, columns), count, pixels);
    }

    private static byte[] readLabels(InputStream stream, String file, int classes) throws IOException {
        DataInputStream in = new DataInputStream(stream);
        requireMagic(in, LABELS_MAGIC, "labels", file);
        int count = in.readInt();
        if (count < 1) {
            throw new BadInputException(file + " claims " + count + " labels, but must hold at least one");
        }
        byte[] labels = readToEnd(in, count, file);
        for (int i = 0; i < count; i++) {
            requireLabel(Byte.toUnsignedInt(labels[i]), i, classes, file);
        }
        return labels;
    }

    private static void requireMagic(DataInputStream in, int expected, String what, String file) throws IOException {
        int magic = in.readInt();
        if (magic != expected) {
            throw new BadInputException("%s is not an idx file of %s: expected the magic number 0x%08x, but got 0x%08x"
                    .formatted(file, what, expected, magic));
        }
    }

    /** Requires a class that exists. */
    static void requireLabel(int label, int index, int classes, String file) {
        if (label >= classes) {
            throw new BadInputException("%s: label %d of image %d is out of range, expected 0 to %d"
                    .formatted(file, label, index, classes - 1));
        }
    }

    /** The rest of the stream, which must be {@code expected} bytes; allocates little more than there is to read. */
    private static byte[] readToEnd(DataInputStream in, double expected, String file) throws IOException {
        if (expected > Integer.MAX_VALUE - 8) {
            throw new BadInputException(
                    "%s claims %.0f bytes of data, more than the 2 GiB that are supported".formatted(file, expected));
        }
        byte[] data = in.readNBytes((int) expected);
        if (data.length < expected) {
            throw new BadInputException("%s is truncated: its header promises %.0f bytes of data, but there are %d"
                    .formatted(file, expected, data.length));
        }
        if (in.read() >= 0) {
            throw new BadInputException(
                    "%s goes on after the %.0f bytes of data that its header promises".formatted(file, expected));
        }
        return data;
    }
}
