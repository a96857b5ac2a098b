package dev.squall.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.data.ImageShape;
import dev.squall.data.TestFiles;
import dev.squall.data.augment.HorizontalFlip;
import dev.squall.data.augment.RandomCrop;
import dev.squall.error.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("fast")
class DataSourcesTest {
    @TempDir
    Path directory;

    @Test
    void anUnknownNameListsTheChoices() {
        assertRefused(
                "imagenet",
                "there is no data set 'imagenet'; choose from sample, fashion-mnist[:DIR], mnist:DIR,"
                        + " cifar10:DIR, cifar100:DIR, folder:DIR, csv:FILE");
        assertRefused("", "there is no data set ''; choose from " + DataSources.CHOICES);
    }

    @Test
    void aDirectoryIsRequiredWhereThereIsNoOther() {
        assertRefused("mnist", "'mnist' lacks its directory; choose from " + DataSources.CHOICES);
        assertRefused("cifar10:", "'cifar10:' lacks its directory; choose from " + DataSources.CHOICES);
        assertRefused("sample:x", "the sample is built in and takes no directory, but got 'sample:x'");
    }

    @Test
    void aMissingOrEmptyDirectoryIsRefused() throws IOException {
        Path none = directory.resolve("none");
        Path file = Files.writeString(directory.resolve("file"), "x");
        Path empty = Files.createDirectory(directory.resolve("empty"));
        assertRefused("mnist:" + none, "there is no directory " + none);
        assertRefused(
                "cifar10:" + file, file + " is a file where a directory was expected; unpack it, if it is an archive");
        assertRefused("fashion-mnist:" + empty, "the directory " + empty + " is empty");
        assertRefused(
                "mnist:" + directory,
                "the directory " + directory + " has neither train-images-idx3-ubyte nor train-images-idx3-ubyte.gz");
    }

    @Test
    void mnistTakesPlainAndPackedFiles() throws IOException {
        Files.write(directory.resolve("train-images-idx3-ubyte"), TestFiles.idx(new byte[8], 0x803, 2, 2, 2));
        Files.write(
                directory.resolve("train-labels-idx1-ubyte.gz"),
                TestFiles.gzip(TestFiles.idx(new byte[] {7, 1}, 0x801, 2)));
        Files.write(
                directory.resolve("t10k-images-idx3-ubyte.gz"),
                TestFiles.gzip(TestFiles.idx(new byte[4], 0x803, 1, 2, 2)));
        Files.write(directory.resolve("t10k-labels-idx1-ubyte"), TestFiles.idx(new byte[] {4}, 0x801, 1));

        DataSource source = DataSources.open("mnist:" + directory);

        assertThat(source.name()).isEqualTo("mnist");
        assertThat(source.train().classNames().get(source.train().label(0))).isEqualTo("7");
        assertThat(source.test().label(0)).isEqualTo(4);
        assertThat(source.augmentation()).noneMatch(HorizontalFlip.class::isInstance);
    }

    @Test
    void cifarImagesAreNormalisedLast() throws IOException {
        TestFiles.writeCifar(directory.resolve("data_batch_1.bin"), 1);
        TestFiles.writeCifar(directory.resolve("test_batch.bin"), 1);

        DataSource source = DataSources.open("cifar10:" + directory);

        assertThat(source.trainTransforms())
                .containsExactly(new RandomCrop(4), new HorizontalFlip(0.5), source.normalize());
        assertThat(source.testTransforms()).containsExactly(source.normalize());
        assertThat(source.normalize().mean()).containsExactly(0.4914f, 0.4822f, 0.4465f);
    }

    /** Kaggle's names have a dot, and lie each in a directory of its own name; PyTorch's lie in MNIST/raw. */
    @Test
    void filesAreFoundUnderTheNamesOfOtherDistributors() throws IOException {
        Path kaggle = directory.resolve("kaggle");
        write(kaggle.resolve("train-images.idx3-ubyte"), TestFiles.idx(new byte[4], 0x803, 1, 2, 2));
        write(kaggle.resolve("train-labels-idx1-ubyte/train-labels-idx1-ubyte"), TestFiles.idx(new byte[1], 0x801, 1));
        write(
                kaggle.resolve("t10k-images-idx3-ubyte/t10k-images.idx3-ubyte"),
                TestFiles.idx(new byte[4], 0x803, 1, 2, 2));
        write(kaggle.resolve("t10k-labels.idx1-ubyte"), TestFiles.idx(new byte[1], 0x801, 1));
        assertThat(DataSources.open("mnist:" + kaggle).train().size()).isEqualTo(1);

        Path torch = directory.resolve("torch");
        writeMnist(torch.resolve("MNIST/raw"), 2, 2);
        assertThat(DataSources.open("fashion-mnist:" + torch).test().size()).isEqualTo(1);

        Path tables = directory.resolve("tables");
        write(tables.resolve("fashion-mnist_train.csv"), new byte[0]);
        assertRefused(
                "fashion-mnist:" + tables,
                "the directory " + tables
                        + " has neither train-images-idx3-ubyte nor train-images-idx3-ubyte.gz; of the forms"
                        + " in which such data are offered, download the four idx files and not the tables (.csv)");
    }

    @Test
    void aTildeBehindTheColonIsTheHomeDirectory() {
        String home = Objects.requireNonNullElse(System.getenv("HOME"), System.getProperty("user.home"));
        assertRefused("mnist:~/no digits here", "there is no directory " + Path.of(home, "no digits here"));
        assertRefused("mnist:no digits here~/", "there is no directory no digits here~");
    }

    @Test
    void testImagesOfAnotherSizeAreRefused() throws IOException {
        writeMnist(directory, 2, 3);
        assertRefused(
                "mnist:" + directory,
                "the training images of mnist are 1x2x2, but its test images are 1x3x3; make them equal in size");
    }

    @Test
    void theTestFilesAloneAreEnoughToMeasure() throws IOException {
        writeMnist(directory, 2, 2);
        Files.delete(directory.resolve("train-images-idx3-ubyte"));
        Files.delete(directory.resolve("train-labels-idx1-ubyte"));
        assertThat(DataSources.openTest("mnist:" + directory, DataOptions.DEFAULT, new SkippedFiles())
                        .size())
                .isEqualTo(1);
        TestFiles.writeCifar(directory.resolve("test_batch.bin"), 1);
        assertThat(DataSources.openTest("cifar10:" + directory, DataOptions.DEFAULT, new SkippedFiles())
                        .size())
                .isEqualTo(1);
    }

    @Test
    void imagesAreScaledWhereThatIsAskedFor() throws IOException {
        writeMnist(directory, 2, 2);
        DataSource source = DataSources.open("mnist:" + directory, DataOptions.DEFAULT.withImageSize(6));
        assertThat(source.train().shape()).isEqualTo(new ImageShape(1, 6, 6));
        float[] image = new float[40];
        source.test().image(0, image, 4);
        assertThat(image).startsWith(0, 0, 0, 0, 0);
    }

    private static void writeMnist(Path directory, int trainSide, int testSide) throws IOException {
        for (String prefix : new String[] {"train", "t10k"}) {
            int side = prefix.equals("train") ? trainSide : testSide;
            write(
                    directory.resolve(prefix + "-images-idx3-ubyte"),
                    TestFiles.idx(new byte[side * side], 0x803, 1, side, side));
            write(directory.resolve(prefix + "-labels-idx1-ubyte"), TestFiles.idx(new byte[1], 0x801, 1));
        }
    }

    private static void write(Path file, byte[] content) throws IOException {
        Files.createDirectories(file.getParent());
        Files.write(file, content);
    }

    private static void assertRefused(String spec, String message) {
        assertThatThrownBy(() -> DataSources.open(spec))
                .isInstanceOf(BadInputException.class)
                .hasMessage(message);
    }
}
