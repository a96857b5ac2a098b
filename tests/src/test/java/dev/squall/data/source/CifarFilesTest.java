package dev.squall.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.data.Dataset;
import dev.squall.data.ImageShape;
import dev.squall.data.TestFiles;
import dev.squall.error.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

@Tag("fast")
class CifarFilesTest {
    @TempDir
    Path directory;

    @Test
    void allTrainingBatchesThereAreBecomeOneSet() throws IOException {
        TestFiles.writeCifar(directory.resolve("data_batch_1.bin"), 3, 9);
        TestFiles.writeCifar(directory.resolve("data_batch_4.bin"), 0, 1, 2);
        TestFiles.writeCifar(directory.resolve("test_batch.bin"), 5);
        Files.writeString(directory.resolve("batches.meta.txt"), "airplane");

        Dataset train = CifarFiles.CIFAR_10.readTrain(directory);
        Dataset test = CifarFiles.CIFAR_10.readTest(directory);

        assertThat(train.size()).isEqualTo(5);
        assertThat(train.shape()).isEqualTo(new ImageShape(3, 32, 32));
        assertThat(new int[] {train.label(0), train.label(1), train.label(2), train.label(3), train.label(4)})
                .containsExactly(3, 9, 0, 1, 2);
        float[] image = new float[3072];
        train.image(4, image, 0);
        assertThat(image).containsOnly(20 / 255f);
        assertThat(test.size()).isEqualTo(1);
        assertThat(test.classNames().get(test.label(0))).isEqualTo("dog");
    }

    @Test
    void planesAreRedGreenBlue() throws IOException {
        byte[] record = new byte[3073];
        Arrays.fill(record, 1, 1025, (byte) 255);
        Arrays.fill(record, 1025, 2049, (byte) 51);
        Files.write(directory.resolve("test_batch.bin"), record);

        float[] image = new float[3072];
        CifarFiles.CIFAR_10.readTest(directory).image(0, image, 0);

        assertThat(new float[] {image[0], image[1023], image[1024], image[2047], image[2048], image[3071]})
                .containsExactly(1f, 1f, 0.2f, 0.2f, 0f, 0f);
    }

    @Test
    void aLengthThatIsNoMultipleOfTheRecordIsRefused() throws IOException {
        Path file = Files.write(directory.resolve("data_batch_1.bin"), new byte[2 * 3073 - 1]);
        assertRefused(file + " is truncated or not CIFAR-10: its 6145 bytes are no multiple of the 3073 of a record");
    }

    @Test
    void aLabelOutOfRangeIsRefused() throws IOException {
        Path file = directory.resolve("data_batch_1.bin");
        TestFiles.writeCifar(file, 1, 10);
        assertRefused(file + ": label 10 of image 1 is out of range, expected 0 to 9");
    }

    @Test
    void anEmptyFileIsRefused() throws IOException {
        Path file = Files.createFile(directory.resolve("data_batch_1.bin"));
        assertRefused(file + " is empty");
    }

    @Test
    void directoriesWithoutBatchesAreRefused() throws IOException {
        assertRefused("the directory " + directory + " is empty");
        TestFiles.writeCifar(directory.resolve("test_batch.bin"), 5);
        assertRefused("the directory " + directory + " has no data_batch_*.bin; download the binary version, "
                + "cifar-10-binary.tar.gz from https://www.cs.toronto.edu/~kriz/cifar.html");
        Files.createFile(directory.resolve("data_batch_1"));
        assertRefused(
                "the directory " + directory + " has no data_batch_*.bin; what lies there is the version for Python, "
                        + "so download the binary one, cifar-10-binary.tar.gz from https://www.cs.toronto.edu/~kriz/cifar.html");
        Files.createFile(directory.resolve("cifar-10-binary.tar.gz"));
        assertRefused("the directory " + directory
                + " has no data_batch_*.bin; unpack cifar-10-binary.tar.gz, which lies there");
    }

    @Test
    void aMissingTestBatchIsRefused() throws IOException {
        TestFiles.writeCifar(directory.resolve("data_batch_1.bin"), 5);
        assertThatThrownBy(() -> CifarFiles.CIFAR_10.readTest(directory))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith("the directory " + directory + " has no test_batch.bin; download");
    }

    /** As the archive unpacks, below the directory that was named. */
    @Test
    void theParentDirectoryIsTaken() throws IOException {
        Path below = Files.createDirectories(directory.resolve("cifar-10-batches-bin"));
        TestFiles.writeCifar(below.resolve("data_batch_1.bin"), 3);
        assertThat(CifarFiles.CIFAR_10.readTrain(directory).size()).isEqualTo(1);
        Path other = Files.createDirectories(directory.resolve("another"));
        TestFiles.writeCifar(other.resolve("data_batch_1.bin"), 3);
        assertRefused("the directory %s holds two data sets, in %s and %s; name one of them"
                .formatted(directory, other, below));
    }

    @Test
    void cifar100HasTwoLabelsOfWhichTheFinerCounts() throws IOException {
        byte[] record = new byte[3074];
        record[0] = 19;
        record[1] = 99;
        record[2] = (byte) 255;
        Files.write(directory.resolve("train.bin"), record);
        Files.write(directory.resolve("test.bin"), record);
        DataSource source = DataSources.open("cifar100:" + directory);
        float[] image = new float[3072];
        source.train().image(0, image, 0);
        assertThat(source.train().classNames()).hasSize(100).doesNotHaveDuplicates();
        assertThat(source.train().classNames().get(source.train().label(0))).isEqualTo("worm");
        assertThat(image[0]).isEqualTo(1);
    }

    /** Half a megabyte that becomes 500. */
    @Test
    void aPackedFileThatIsMuchLargerThanTheDataSetIsRefused() throws IOException {
        Path file = directory.resolve("data_batch_1.bin");
        try (var out = new GZIPOutputStream(Files.newOutputStream(file))) {
            for (int i = 0; i < 500; i++) {
                out.write(new byte[1 << 20]);
            }
        }
        assertRefused(file + " is a damaged gzip file: it unpacks to more than 100 times its size, as pictures do not;"
                + " unpack it with gunzip if it is to be read all the same");
    }

    /** The official first batch begins with a frog, a truck and another truck. */
    @Test
    @EnabledIfSystemProperty(named = "cifar10.dir", matches = ".+")
    void theRealDataSetIsRead() {
        DataSource source = DataSources.open("cifar10:" + System.getProperty("cifar10.dir"));
        Dataset train = source.train();
        assertThat(train.size())
                .isPositive()
                .satisfies(size -> assertThat(size % 10_000).isZero());
        assertThat(new int[] {train.label(0), train.label(1), train.label(2)}).containsExactly(6, 9, 9);
        assertThat(source.test().label(0)).isEqualTo(3);
    }

    private void assertRefused(String message) {
        assertThatThrownBy(() -> CifarFiles.CIFAR_10.readTrain(directory))
                .isInstanceOf(BadInputException.class)
                .hasMessage(message);
    }
}
