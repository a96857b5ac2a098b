package dev.squall.data.source;

import dev.squall.data.Dataset;
import dev.squall.data.Normalize;
import dev.squall.data.Transform;
import dev.squall.data.augment.HorizontalFlip;
import dev.squall.data.augment.RandomCrop;
import dev.squall.error.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The data sets by the names under which a user asks for them. */
public final class DataSources {
    /** What {@link #open} understands, for help texts. */
    public static final String CHOICES =
            "sample, fashion-mnist[:DIR], mnist:DIR, cifar10:DIR, cifar100:DIR, folder:DIR, csv:FILE";

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

    private static final List<Transform> CIFAR_AUGMENTATION = List.of(new RandomCrop(4), new HorizontalFlip(0.5));

    /** Of the 50,000 training images of either. */
    private static final Normalize CIFAR10_NORMALIZE =
            new Normalize(List.of(0.4914f, 0.4822f, 0.4465f), List.of(0.2470f, 0.2435f, 0.2616f));

    private static final Normalize CIFAR100_NORMALIZE =
            new Normalize(List.of(0.5071f, 0.4865f, 0.4409f), List.of(0.2673f, 0.2564f, 0.2762f));

    private DataSources() {}

    /** A data set that was asked for: which, and where. */
    private record Request(
            String spec, String name, @Nullable String place) {
        static Request of(String spec) {
            int colon = spec.indexOf(':');
            return colon < 0
                    ? new Request(spec, spec, null)
                    : new Request(spec, spec.substring(0, colon), spec.substring(colon + 1));
        }

        Path path() {
            if (place == null || place.isEmpty()) {
                throw new BadInputException("'%s' lacks its %s; choose from %s"
                        .formatted(spec, name.equals("csv") ? "file" : "directory", CHOICES));
            }
            return DataDirectory.path(place);
        }
    }

    /** Whether {@code spec} asks for pictures of any size, so that what reads them decides how they are resized and cropped. */
    public static boolean arePictures(String spec) {
        return spec.startsWith("folder:") || spec.startsWith("csv:");
    }

    /**
     * Opens a data set.
     *
     * @param spec one of {@link #CHOICES}
     * @throws BadInputException if it is none of them, or if the files are missing or damaged
     */
    public static DataSource open(String spec) {
        return open(spec, DataOptions.DEFAULT);
    }

    /**
     * Opens a data set, one of pictures as {@code options} say.
     *
     * @throws BadInputException as above
     */
    public static DataSource open(String spec, DataOptions options) {
        Request request = Request.of(spec);
        return switch (request.name) {
            case "folder" -> PictureFiles.openFolder(request.path(), options);
            case "csv" -> CsvList.open(request.path(), options);
            default ->
                new DataSource(
                        request.name,
                        fixed(request, true, options),
                        fixed(request, false, options),
                        augmentation(request.name),
                        normalize(request.name));
        };
    }

    /**
     * Opens only the images to measure with: others need not be there.
     *
     * @throws BadInputException as above
     */
    public static Dataset openTest(String spec, DataOptions options) {
        return openTest(spec, options, new SkippedFiles());
    }

    /**
     * The same, for whoever wants to know what could not be read.
     *
     * @param skipped is told of the images that cannot be read, also later
     */
    public static Dataset openTest(String spec, DataOptions options, SkippedFiles skipped) {
        Request request = Request.of(spec);
        return switch (request.name) {
            case "folder" -> PictureFiles.openFolderTest(request.path(), options, skipped);
            case "csv" -> CsvList.openTest(request.path(), options, skipped);
            default -> fixed(request, false, options);
        };
    }

    private static Dataset fixed(Request request, boolean train, DataOptions options) {
        Dataset images = fixed(request, train);
        Integer side = options.imageSize();
        if (side == null || (images.shape().height() == side && images.shape().width() == side)) {
            return images;
        }
        return new ResizedDataset(images, side, options.interpolation());
    }

    /** Of a data set whose images have one size: those to learn from or those to measure with. */
    private static Dataset fixed(Request request, boolean train) {
        return switch (request.name) {
            case "sample" -> sample(request, train);
            case "fashion-mnist" ->
                idx(
                        request.place == null ? debianDirectory() : request.path(),
                        "fashion-mnist",
                        FASHION_CLASSES,
                        train);
            case "mnist" -> idx(request.path(), "mnist", DIGITS, train);
            case "cifar10" -> cifar(CifarFiles.CIFAR_10, request.path(), train);
            case "cifar100" -> cifar(CifarFiles.CIFAR_100, request.path(), train);
            default ->
                throw new BadInputException("there is no data set '" + request.name + "'; choose from " + CHOICES);
        };
    }

    private static Dataset sample(Request request, boolean train) {
        if (request.place != null) {
            throw new BadInputException(
                    "the sample is built in and takes no directory, but got '" + request.spec + "'");
        }
        return train ? Sample.train() : Sample.test();
    }

    private static Dataset idx(Path directory, String name, List<String> classNames, boolean train) {
        return train
                ? IdxFiles.read(name + "/train", directory, "train", classNames)
                : IdxFiles.read(name + "/test", directory, "t10k", classNames);
    }

    private static Dataset cifar(CifarFiles files, Path directory, boolean train) {
        return train ? files.readTrain(directory) : files.readTest(directory);
    }

    private static List<Transform> augmentation(String name) {
        return switch (name) {
            case "sample" -> SAMPLE_AUGMENTATION;
            case "fashion-mnist" -> FASHION_AUGMENTATION;
            case "mnist" -> MNIST_AUGMENTATION;
            default -> CIFAR_AUGMENTATION;
        };
    }

    private static Normalize normalize(String name) {
        return switch (name) {
            case "cifar10" -> CIFAR10_NORMALIZE;
            case "cifar100" -> CIFAR100_NORMALIZE;
            default -> Normalize.identity(1);
        };
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
