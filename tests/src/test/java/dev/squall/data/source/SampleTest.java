package dev.squall.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.squall.data.Dataset;
import dev.squall.data.ImageShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("fast")
class SampleTest {
    private static final DataSource SAMPLE = DataSources.open("sample");

    @Test
    void everyClassHasItsShare() {
        assertThat(SAMPLE.train().size()).isEqualTo(6000);
        assertThat(SAMPLE.test().size()).isEqualTo(1000);
        assertThat(SAMPLE.train().shape()).isEqualTo(new ImageShape(1, 28, 28));
        for (int label = 0; label < 10; label++) {
            assertThat(count(SAMPLE.train(), label)).isEqualTo(600);
            assertThat(count(SAMPLE.test(), label)).isEqualTo(100);
        }
    }

    /** The labels with which the original files begin. */
    @Test
    void theOrderIsThatOfTheOriginal() {
        assertThat(IntStream.range(0, 10).map(SAMPLE.train()::label)).containsExactly(9, 0, 0, 3, 0, 2, 7, 2, 5, 5);
        assertThat(IntStream.range(0, 10).map(SAMPLE.test()::label)).containsExactly(9, 2, 1, 1, 6, 1, 4, 6, 5, 7);
        assertThat(SAMPLE.test().classNames().get(9)).isEqualTo("Ankle boot");
    }

    /** Mean and deviation of the full training set are 0.2860 and 0.3530. */
    @Test
    void pixelsAreWhatTheyShouldBe() {
        float[] image = new float[784];
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < SAMPLE.train().size(); i++) {
            SAMPLE.train().image(i, image, 0);
            for (float value : image) {
                sum += value;
                squares += value * value;
            }
        }
        double mean = sum / (6000 * 784);
        assertThat(mean).isBetween(0.280, 0.292);
        assertThat(Math.sqrt(squares / (6000 * 784) - mean * mean)).isBetween(0.348, 0.358);
    }

    @Test
    void theLicenceLiesBesideIt() throws IOException {
        try (var licence = DataSources.class.getResourceAsStream("/dev/squall/data/sample/LICENSE")) {
            assertThat(new String(licence.readAllBytes())).contains("Zalando SE", "Permission is hereby granted");
        }
    }

    @Test
    @Tag("slow")
    void theBuilderMakesTheSameFromTheFullSet(@TempDir Path directory) throws IOException {
        assumeTrue(Files.isDirectory(DataSources.FASHION_DIRECTORY), "Fashion-MNIST is not installed");
        SampleBuilder.main(new String[] {DataSources.FASHION_DIRECTORY.toString(), directory.toString()});

        assertSame(IdxFiles.read("train", directory, "train", DataSources.FASHION_CLASSES), SAMPLE.train());
        assertSame(IdxFiles.read("test", directory, "t10k", DataSources.FASHION_CLASSES), SAMPLE.test());
    }

    private static void assertSame(Dataset actual, Dataset expected) {
        float[] actualImage = new float[784];
        float[] expectedImage = new float[784];
        assertThat(actual.size()).isEqualTo(expected.size());
        for (int i = 0; i < expected.size(); i++) {
            actual.image(i, actualImage, 0);
            expected.image(i, expectedImage, 0);
            assertThat(Arrays.equals(actualImage, expectedImage))
                    .as("image %d", i)
                    .isTrue();
            assertThat(actual.label(i)).as("label %d", i).isEqualTo(expected.label(i));
        }
    }

    private static long count(Dataset dataset, int label) {
        return IntStream.range(0, dataset.size())
                .filter(i -> dataset.label(i) == label)
                .count();
    }
}
