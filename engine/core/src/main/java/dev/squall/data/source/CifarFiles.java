package dev.squall.data.source;

import dev.squall.data.ByteImageDataset;
import dev.squall.data.ImageShape;
import dev.squall.data.Input;
import dev.squall.error.BadInputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The binary files of CIFAR-10 and CIFAR-100: records of one or two bytes for the label and the red, green and blue planes
 * of a 32 x 32 image.
 *
 * @see <a href="https://www.cs.toronto.edu/~kriz/cifar.html">the data sets' page</a>
 */
public enum CifarFiles {
    /** Ten classes; fewer than the five training files make a smaller training set. */
    CIFAR_10(
            "CIFAR-10",
            "cifar10",
            1,
            "data_batch_\\d+\\.bin(\\.gz)?",
            "data_batch_*.bin",
            "test_batch.bin",
            "data_batch_\\d+|test_batch|cifar-10-python\\.tar\\.gz",
            "cifar-10-binary.tar.gz"),

    /** A hundred classes. A record's first byte, which of twenty kinds of things it is, is not used. */
    CIFAR_100(
            "CIFAR-100",
            "cifar100",
            2,
            "train\\.bin(\\.gz)?",
            "train.bin",
            "test.bin",
            "train|test|cifar-100-python\\.tar\\.gz",
            "cifar-100-binary.tar.gz");

    private static final String PAGE = "https://www.cs.toronto.edu/~kriz/cifar.html";
    private static final List<String> CLASSES_10 =
            List.of("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");
    private static final List<String> CLASSES_100 = List.of(
            ("apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle"
                            + " caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur"
                            + " dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower"
                            + " leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange"
                            + " orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine possum rabbit"
                            + " raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel"
                            + " streetcar sunflower sweet_pepper table tank telephone television tiger tractor train trout"
                            + " tulip turtle wardrobe whale willow_tree wolf woman worm")
                    .split(" "));

    private static final ImageShape SHAPE = new ImageShape(3, 32, 32);

    /** Of a set's files together: the whole of either has 60,000 records. */
    private static final int MOST_BYTES = 256 << 20;

    private final String title;
    private final String id;
    private final int labelBytes;
    private final Pattern trainFiles;
    private final String trainName;
    private final String testName;
    private final Pattern otherForms;
    private final String archive;

    CifarFiles(
            String title,
            String id,
            int labelBytes,
            String trainFiles,
            String trainName,
            String testName,
            String otherForms,
            String archive) {
        this.title = title;
        this.id = id;
        this.labelBytes = labelBytes;
        this.trainFiles = Pattern.compile(trainFiles);
        this.trainName = trainName;
        this.testName = testName;
        this.otherForms = Pattern.compile(otherForms);
        this.archive = archive;
    }

    /** The classes by label. */
    public List<String> classNames() {
        return this == CIFAR_10 ? CLASSES_10 : CLASSES_100;
    }

    /**
     * Reads the training files that there are.
     *
     * @throws BadInputException if there is no such file or one is not what it should be
     */
    public ByteImageDataset readTrain(Path directory) {
        return read(id + "/train", directory, trainFiles, trainName);
    }

    /**
     * Reads the test file.
     *
     * @throws BadInputException if it is missing or is not what it should be
     */
    public ByteImageDataset readTest(Path directory) {
        return read(id + "/test", directory, Pattern.compile(Pattern.quote(testName) + "(\\.gz)?"), testName);
    }

    private ByteImageDataset read(String name, Path path, Pattern wanted, String wantedName) {
        DataDirectory directory = DataDirectory.open(path);
        // Refuses two sets, of which one could be read for the other.
        if (directory.one(wanted).isEmpty()) {
            throw new BadInputException("the directory " + path + " has no " + wantedName + hint(directory));
        }
        List<byte[]> contents = new ArrayList<>();
        int left = MOST_BYTES;
        for (Path file : directory.all(wanted)) {
            byte[] records = records(file, left);
            contents.add(records);
            left -= records.length;
        }
        int recordBytes = labelBytes + SHAPE.elements();
        int count = (MOST_BYTES - left) / recordBytes;
        byte[] pixels = new byte[count * SHAPE.elements()];
        byte[] labels = new byte[count];
        int image = 0;
        for (byte[] bytes : contents) {
            for (int record = 0; record < bytes.length; record += recordBytes, image++) {
                labels[image] = bytes[record + labelBytes - 1];
                System.arraycopy(bytes, record + labelBytes, pixels, image * SHAPE.elements(), SHAPE.elements());
            }
        }
        return new ByteImageDataset(name, SHAPE, classNames(), pixels, labels);
    }

    private String hint(DataDirectory directory) {
        String download = "%s from %s".formatted(archive, PAGE);
        if (directory.has(Pattern.compile(Pattern.quote(archive)))) {
            return "; unpack " + archive + ", which lies there";
        }
        return directory.has(otherForms)
                ? "; what lies there is the version for Python, so download the binary one, " + download
                : "; download the binary version, " + download;
    }

    private byte[] records(Path file, int most) {
        byte[] bytes = Input.file(file).read(in -> readAll(in, file, most));
        int recordBytes = labelBytes + SHAPE.elements();
        if (bytes.length == 0) {
            throw new BadInputException(file + " is empty");
        }
        if (bytes.length % recordBytes != 0) {
            throw new BadInputException("%s is truncated or not %s: its %d bytes are no multiple of the %d of a record"
                    .formatted(file, title, bytes.length, recordBytes));
        }
        for (int i = 0; i < bytes.length / recordBytes; i++) {
            int label = Byte.toUnsignedInt(bytes[i * recordBytes + labelBytes - 1]);
            IdxFiles.requireLabel(label, i, classNames().size(), file.toString());
        }
        return bytes;
    }

    private byte[] readAll(InputStream in, Path file, int most) throws IOException {
        byte[] bytes = in.readNBytes(most);
        if (bytes.length == most && in.read() >= 0) {
            throw new BadInputException(
                    "%s goes on after %d MiB, more than %s has".formatted(file, MOST_BYTES >> 20, title));
        }
        return bytes;
    }
}
