package dev.squall.data.source;

import dev.squall.data.ByteImageDataset;
import dev.squall.data.ImageShape;
import dev.squall.data.Input;
import dev.squall.error.BadInputException;
import dev.squall.error.Plural;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

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

    /** More than EMNIST, the largest of these sets, has. */
    private static final long MOST_BYTES = 1 << 30;

    private IdxFiles() {}

    private record Header(int count, int rows, int columns) {
        long bytes() {
            return Math.multiplyExact((long) count * rows, (long) columns);
        }
    }

    /**
     * Reads one pair of files.
     *
     * @param name of the data set
     * @throws BadInputException if a file is missing or is not what it should be, or if the two do not belong together
     */
    public static ByteImageDataset read(String name, Path images, Path labels, List<String> classNames) {
        return read(name, Input.file(images), Input.file(labels), classNames);
    }

    /** Both headers come first: whatever they claim is compared before memory is taken for it. */
    static ByteImageDataset read(String name, Input imagesInput, Input labelsInput, List<String> classNames) {
        Header claimed = imagesInput.read(in -> header(new DataInputStream(in), imagesInput.name()));
        byte[] labels = labelsInput.read(
                in -> readLabels(in, labelsInput.name(), imagesInput.name(), claimed.count(), classNames.size()));
        byte[] pixels = imagesInput.read(in -> {
            DataInputStream data = new DataInputStream(in);
            header(data, imagesInput.name());
            return readToEnd(data, (int) claimed.bytes(), imagesInput.name());
        });
        return new ByteImageDataset(
                name, new ImageShape(1, claimed.rows(), claimed.columns()), classNames, pixels, labels);
    }

    /**
     * Reads the {@code train-*} or {@code t10k-*} pair of a directory, with or without {@code .gz}; Kaggle's names have a dot
     * for the second hyphen.
     *
     * @throws BadInputException as above, or if there is no such directory
     */
    static ByteImageDataset read(String name, Path directory, String prefix, List<String> classNames) {
        DataDirectory files = DataDirectory.open(directory);
        Path images = file(files, prefix, "images", 3);
        Path labels = file(files, prefix, "labels", 1);
        return read(name, images, labels, classNames);
    }

    private static Path file(DataDirectory files, String prefix, String what, int dimensions) {
        Pattern name = Pattern.compile("%s-%s[-.]idx%d-ubyte(\\.gz)?".formatted(prefix, what, dimensions));
        String expected = "%s-%s-idx%d-ubyte".formatted(prefix, what, dimensions);
        return files.one(name)
                .orElseThrow(() -> new BadInputException("the directory %s has neither %s nor %s.gz%s"
                        .formatted(files.path(), expected, expected, hint(files))));
    }

    private static String hint(DataDirectory files) {
        if (files.has(Pattern.compile(".*\\.csv"))) {
            return "; of the forms in which such data are offered, download the four idx files and not the tables (.csv)";
        }
        if (files.has(Pattern.compile(".*\\.(zip|tar|tgz|tar\\.gz)"))) {
            return "; unpack the archive that lies there";
        }
        return "";
    }

    private static Header header(DataInputStream in, String file) throws IOException {
        requireMagic(in, IMAGES_MAGIC, "images", file);
        int count = in.readInt();
        int rows = in.readInt();
        int columns = in.readInt();
        if (count < 1 || rows < 1 || columns < 1) {
            throw new BadInputException("%s claims %s of %d x %d pixels, but must hold at least one of each"
                    .formatted(file, Plural.of(count, "image"), rows, columns));
        }
        if ((double) count * rows * columns > MOST_BYTES) {
            throw new BadInputException("%s claims %s of %d x %d pixels, more than the 1 GiB that are supported"
                    .formatted(file, Plural.of(count, "image"), rows, columns));
        }
        return new Header(count, rows, columns);
    }

    private static byte[] readLabels(InputStream stream, String file, String imagesFile, int images, int classes)
            throws IOException {
        DataInputStream in = new DataInputStream(stream);
        requireMagic(in, LABELS_MAGIC, "labels", file);
        int count = in.readInt();
        if (count < 1) {
            throw new BadInputException(file + " claims " + Plural.of(count, "label") + ", but must hold at least one");
        }
        if (count != images) {
            throw new BadInputException("%s holds %s, but %s holds %s"
                    .formatted(imagesFile, Plural.of(images, "image"), file, Plural.of(count, "label")));
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

    /** The rest of the stream, which must be {@code expected} bytes; takes little more memory than there is to read. */
    private static byte[] readToEnd(DataInputStream in, int expected, String file) throws IOException {
        byte[] data = in.readNBytes(expected);
        if (data.length < expected) {
            throw new BadInputException("%s is truncated: its header promises %d bytes of data, but there are %d"
                    .formatted(file, expected, data.length));
        }
        if (in.read() >= 0) {
            throw new BadInputException(
                    "%s goes on after the %d bytes of data that its header promises".formatted(file, expected));
        }
        return data;
    }
}
