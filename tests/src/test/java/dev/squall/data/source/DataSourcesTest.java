package dev.squall.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.data.TestFiles;
import dev.squall.data.augment.HorizontalFlip;
import dev.squall.data.augment.RandomCrop;
import dev.squall.error.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
                        + " cifar10:DIR");
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
        assertRefused("cifar10:" + file, file + " is not a directory");
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

    private static void assertRefused(String spec, String message) {
        assertThatThrownBy(() -> DataSources.open(spec))
                .isInstanceOf(BadInputException.class)
                .hasMessage(message);
    }
}
