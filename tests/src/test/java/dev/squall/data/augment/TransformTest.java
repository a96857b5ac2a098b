package dev.squall.data.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.squall.data.ImageShape;
import dev.squall.data.Normalize;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.commons.math3.random.MersenneTwister;
import org.apache.commons.math3.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
class TransformTest {
    private static final ImageShape SHAPE = new ImageShape(2, 3, 4);

    private final RandomGenerator random = new MersenneTwister(7);

    /** Values 1, 2, 3 and so on, so that 0 can only be padding. */
    private static float[] counting(ImageShape shape) {
        float[] image = new float[shape.elements()];
        for (int i = 0; i < image.length; i++) {
            image[i] = i + 1;
        }
        return image;
    }

    @ParameterizedTest
    @CsvSource({"1, 3, 4, 1", "2, 3, 4, 2", "1, 3, 4, 6", "3, 8, 8, 3"})
    void aCropIsAWindowOfThePaddedImage(int channels, int height, int width, int padding) {
        ImageShape shape = new ImageShape(channels, height, width);
        Set<String> shifts = new HashSet<>();
        int all = (2 * padding + 1) * (2 * padding + 1);
        for (int trial = 0; trial < 40 * all; trial++) {
            float[] image = counting(shape);
            new RandomCrop(padding).apply(image, shape, random);
            shifts.add(shiftOf(image, shape, padding));
        }
        assertThat(shifts).doesNotContain("none").hasSizeGreaterThan(Math.min(all, height * width) / 2);
    }

    /** The shift that explains the image, found by trying all of them. */
    private static String shiftOf(float[] image, ImageShape shape, int padding) {
        float[] original = counting(shape);
        for (int down = -padding; down <= padding; down++) {
            for (int right = -padding; right <= padding; right++) {
                if (isShifted(image, original, shape, down, right)) {
                    return down + "," + right;
                }
            }
        }
        return "none";
    }

    private static boolean isShifted(float[] image, float[] original, ImageShape shape, int down, int right) {
        int height = shape.height();
        int width = shape.width();
        for (int i = 0; i < image.length; i++) {
            int c = i / shape.area();
            int y = i / width % height - down;
            int x = i % width - right;
            boolean inside = y >= 0 && y < height && x >= 0 && x < width;
            if (image[i] != (inside ? original[(c * height + y) * width + x] : 0)) {
                return false;
            }
        }
        return true;
    }

    @Test
    void aFlipMirrorsEveryRowAndTwoOfThemNothing() {
        float[] image = counting(SHAPE);
        new HorizontalFlip(1).apply(image, SHAPE, random);
        assertThat(image).startsWith(4, 3, 2, 1, 8, 7, 6, 5).endsWith(24, 23, 22, 21);
        new HorizontalFlip(1).apply(image, SHAPE, random);
        assertThat(image).containsExactly(counting(SHAPE));
    }

    @Test
    void aFlipHappensAsOftenAsItsProbabilitySays() {
        int flipped = 0;
        for (int trial = 0; trial < 4000; trial++) {
            float[] image = counting(SHAPE);
            new HorizontalFlip(0.3).apply(image, SHAPE, random);
            flipped += image[0] == 4 ? 1 : 0;
        }
        assertThat(flipped / 4000.0).isCloseTo(0.3, within(0.03));
    }

    @Test
    void aCutoutClearsASquareInAllChannels() {
        ImageShape shape = new ImageShape(2, 9, 9);
        boolean whole = false;
        for (int trial = 0; trial < 200; trial++) {
            float[] image = counting(shape);
            new Cutout(1, 3).apply(image, shape, random);
            int cleared = 0;
            for (int i = 0; i < shape.area(); i++) {
                assertThat(image[i] == 0).isEqualTo(image[shape.area() + i] == 0);
                assertThat(image[i] == 0 || image[i] == i + 1).isTrue();
                cleared += image[i] == 0 ? 1 : 0;
            }
            assertThat(cleared).isBetween(4, 9);
            whole |= cleared == 9;
        }
        assertThat(whole).isTrue();
    }

    @Test
    void normalisationIsPerChannel() {
        float[] image = {0.5f, 1f, 0.25f, 0f};
        new Normalize(List.of(0.5f, 0.25f), List.of(0.25f, 0.5f)).apply(image, new ImageShape(2, 1, 2));
        assertThat(image).containsExactly(0f, 2f, 0f, -0.5f);
        Normalize.identity(2).apply(image, new ImageShape(2, 1, 2));
        assertThat(image).containsExactly(0f, 2f, 0f, -0.5f);
    }

    @Test
    void parametersOutOfRangeAreRefused() {
        assertThatThrownBy(() -> new RandomCrop(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new HorizontalFlip(1.5)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new HorizontalFlip(Double.NaN)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Cutout(1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Normalize(List.of(0f), List.of(0f))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Normalize.identity(3).apply(counting(SHAPE), SHAPE))
                .hasMessage("this normalisation is for 3 channels, but the image is 2x3x4");
    }
}
