package dev.squall.data.source;

import dev.squall.data.Normalize;
import dev.squall.data.Transform;
import dev.squall.data.augment.HorizontalFlip;
import dev.squall.data.augment.RandomCrop;
import dev.squall.error.BadInputException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The data sets by the names under which a user asks for them. */
public final class DataSources {
    /** What {@link #open} understands, for help texts. */
    public static final String CHOICES = "sample, fashion-mnist[:DIR], mnist:DIR, cifar10:DIR";

    /** The classes of Fashion-MNIST by label. */
    static final List<String> FASHION_CLASSES = List.of(
            "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot");

    /** Where Debian's package puts Fashion-MNIST. */
    static final Path FASHION_DIRECTORY = Path.of("/usr/share/datasets/fashion-mnist");

    private static final List<String> DIGITS =
            IntStream.range(0, 10).mapToObj(Integer::toString).toList();

    private static final List<Transform> FASHION_AUGMENTATION = List.of(new HorizontalFlip(0.5));

    /** With a tenth of the images a network also needs to see them shifted; with all of them that only slows it down. */
    private static final List<Transform> SAMPLE_AUGMENTATION = List.of(new RandomCrop(2), new HorizontalFlip(0.5));

    /** No flips: a mirrored digit is another sign. */
    private static final List<Transform> MNIST_AUGMENTATION = List.of(new RandomCrop(2));

    private static final List<Transform> CIFAR10_AUGMENTATION = List.of(new RandomCrop(4), new HorizontalFlip(0.5));

    /** Of the 50,000 training images. */
    private static final Normalize CIFAR10_NORMALIZE =
            new Normalize(List.of(0.4914f, 0.4822f, 0.4465f), List.of(0.2470f, 0.2435f, 0.2616f));

    private DataSources() {}

    /**
     * Opens a data set.
     *
     * @param spec one of {@link #CHOICES}
     * @throws BadInputException if it is none of them, or if the files are missing or damaged
     */
    public static DataSource open(String spec) {
        int colon = spec.indexOf(':');
        String name = colon < 0 ? spec : spec.substring(0, colon);
        String directory = colon < 0 ? null : spec.substring(colon + 1);
        return switch (name) {
            case "sample" -> sample(spec, directory);
            case "fashion-mnist" -> fashionMnist(directory == null ? debianDirectory() : directory(spec, directory));
            case "mnist" -> mnist(directory(spec, directory));
            case "cifar10" -> cifar10(directory(spec, directory));
            default -> throw new BadInputException("there is no data set '" + name + "'; choose from " + CHOICES);
        };
    }

    private static DataSource sample(String spec, @Nullable String directory) {
        if (directory != null) {
            throw new BadInputException("the sample is built in and takes no directory, but got '" + spec + "'");
        }
        return new DataSource("sample", Sample.train(), Sample.test(), SAMPLE_AUGMENTATION, Normalize.identity(1));
    }

    private static DataSource fashionMnist(Path directory) {
        return new DataSource(
                "fashion-mnist",
                IdxFiles.read("fashion-mnist/train", directory, "train", FASHION_CLASSES),
                IdxFiles.read("fashion-mnist/test", directory, "t10k", FASHION_CLASSES),
                FASHION_AUGMENTATION,
                Normalize.identity(1));
    }

    private static DataSource mnist(Path directory) {
        return new DataSource(
                "mnist",
                IdxFiles.read("mnist/train", directory, "train", DIGITS),
                IdxFiles.read("mnist/test", directory, "t10k", DIGITS),
                MNIST_AUGMENTATION,
                Normalize.identity(1));
    }

    private static DataSource cifar10(Path directory) {
        return new DataSource(
                "cifar10",
                Cifar10Files.readTrain(directory),
                Cifar10Files.readTest(directory),
                CIFAR10_AUGMENTATION,
                CIFAR10_NORMALIZE);
    }

    private static Path directory(String spec, @Nullable String directory) {
        if (directory == null || directory.isEmpty()) {
            throw new BadInputException("'" + spec + "' lacks its directory; choose from " + CHOICES);
        }
        try {
            return Path.of(directory);
        } catch (InvalidPathException e) {
            throw new BadInputException("'" + directory + "' is not a path: " + e.getReason(), e);
        }
    }

    private static Path debianDirectory() {
        if (!Files.isDirectory(FASHION_DIRECTORY)) {
            throw new BadInputException("Fashion-MNIST is not in " + FASHION_DIRECTORY
                    + "; on Debian 'apt-get install dataset-fashion-mnist' puts it there, elsewhere get the four files "
                    + "from https://github.com/zalandoresearch/fashion-mnist and pass fashion-mnist:DIR");
        }
        return FASHION_DIRECTORY;
    }
}
