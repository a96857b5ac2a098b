package dev.squall.data.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.squall.data.Batch;
import dev.squall.data.BatchTransform;
import dev.squall.data.ImageShape;
import dev.squall.data.Transform;
import dev.squall.data.image.Box;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.math3.random.MersenneTwister;
import org.apache.commons.math3.random.RandomGenerator;
import org.apache.commons.math3.stat.descriptive.SummaryStatistics;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("fast")
class AugmentationTest {
    private static final ImageShape COLOUR = new ImageShape(3, 9, 12);

    private final RandomGenerator random = new MersenneTwister(11);

    static List<Transform> everyTransform() {
        return List.of(
                RandAugment.USUAL,
                new RandAugment(3, 30),
                new RandAugment(1, 0),
                ColourJitter.of(0.4),
                new ColourJitter(1, 1, 1, 0.5),
                new RandomErasing(1),
                RandomResizedCrop.IMAGENET,
                RandomResizedCrop.GENTLE);
    }

    @ParameterizedTest
    @MethodSource("everyTransform")
    void valuesStayInRangeAndTheSeedDecidesThem(Transform transform) {
        for (ImageShape shape :
                List.of(COLOUR, new ImageShape(1, 7, 7), new ImageShape(3, 1, 1), new ImageShape(1, 1, 9))) {
            for (int seed = 0; seed < 60; seed++) {
                float[] image = noise(shape, seed);
                float[] again = image.clone();
                transform.apply(image, shape, new MersenneTwister(seed));
                transform.apply(again, shape, new MersenneTwister(seed));
                assertThat(again).containsExactly(image);
                for (float value : image) {
                    assertThat(value).isBetween(0f, 1f);
                }
            }
        }
    }

    /** By hand, from the definitions in Pillow's ImageEnhance. */
    @Test
    void coloursChangeAsPillowChangesThem() {
        ImageShape two = new ImageShape(3, 1, 2);
        float[] image = {0.5f, 1, 0, 1, 0.25f, 1};
        float[] grey = {
            0.299f * 0.5f + 0.114f * 0.25f, 1,
        };
        float[] changed = image.clone();
        Colours.saturation(changed, two, 0.5f);
        assertThat(changed[0]).isCloseTo((0.5f + grey[0]) / 2, within(1e-6f));
        assertThat(changed[2]).isCloseTo(grey[0] / 2, within(1e-6f));
        changed = image.clone();
        Colours.contrast(changed, two, 0);
        assertThat(changed[0]).isCloseTo((grey[0] + 1) / 2, within(1e-6f));
        changed = image.clone();
        Colours.brightness(changed, 1.5f);
        assertThat(changed).containsExactly(0.75f, 1, 0, 1, 0.375f, 1);
        Colours.solarize(changed, 0.5f);
        assertThat(changed).containsExactly(0.25f, 0, 0, 0, 0.375f, 0);
        changed = new float[] {0, 100 / 255f, 255 / 255f, 17 / 255f, 16 / 255f, 15 / 255f};
        Colours.posterize(changed, 4);
        assertThat(changed).containsExactly(0, 96 / 255f, 240 / 255f, 16 / 255f, 16 / 255f, 0);
    }

    /** A third of the circle takes red to green, green to blue and blue to red; a whole one changes nothing. */
    @Test
    void aHueTurns() {
        ImageShape one = new ImageShape(3, 1, 1);
        float[] red = {0.8f, 0.2f, 0.2f};
        Colours.hue(red, one, 1 / 3f);
        assertThat(red[1]).isCloseTo(0.8f, within(1e-5f));
        assertThat(red[0]).isCloseTo(0.2f, within(1e-5f));
        float[] any = {0.3f, 0.9f, 0.55f};
        float[] turned = any.clone();
        for (int i = 0; i < 4; i++) {
            Colours.hue(turned, one, 0.25f);
        }
        assertThat(turned).containsExactly(any, within(1e-5f));
    }

    @Test
    void autoContrastAndEqualizeUseTheWholeRange() {
        ImageShape row = new ImageShape(1, 1, 4);
        float[] image = {0.2f, 0.3f, 0.4f, 0.6f};
        Colours.autoContrast(image, row);
        assertThat(image).containsExactly(new float[] {0, 0.25f, 0.5f, 1}, within(1e-6f));
        ImageShape many = new ImageShape(1, 128, 128);
        float[] dark = noise(many, 3);
        for (int i = 0; i < dark.length; i++) {
            dark[i] *= 0.25f;
        }
        Colours.equalize(dark, many);
        double mean = 0;
        for (float value : dark) {
            mean += value / dark.length;
        }
        assertThat(mean).isCloseTo(0.5, within(0.05));
    }

    @Test
    void aTurnByARightAngleMovesEveryPixel() {
        ImageShape square = new ImageShape(1, 3, 3);
        float[] image = {1, 2, 3, 4, 5, 6, 7, 8, 9};
        Affine.rotate(Math.PI / 2).apply(image, square);
        assertThat(image).containsExactly(new float[] {7, 4, 1, 8, 5, 2, 9, 6, 3}, within(1e-5f));
        float[] moved = {1, 2, 3, 4, 5, 6, 7, 8, 9};
        Affine.translate(1, 0).apply(moved, square);
        assertThat(moved).containsExactly(2, 3, 0, 5, 6, 0, 8, 9, 0);
    }

    @Test
    void aRandomPartHasTheAreaAndTheProportionsThatWereAskedFor() {
        RandomResizedCrop crop = new RandomResizedCrop(0.25, 0.5, 2);
        SummaryStatistics areas = new SummaryStatistics();
        for (int i = 0; i < 2000; i++) {
            Box box = crop.box(300, 400, random);
            double width = box.right() - box.left();
            double height = box.bottom() - box.top();
            assertThat(box.left()).isGreaterThanOrEqualTo(0);
            assertThat(box.right()).isLessThanOrEqualTo(400);
            assertThat(box.bottom()).isLessThanOrEqualTo(300);
            assertThat(width / height).isBetween(0.49, 2.05);
            areas.addValue(width * height / (300 * 400));
        }
        assertThat(areas.getMin()).isGreaterThan(0.24);
        assertThat(areas.getMax()).isLessThan(0.51);
        assertThat(areas.getMean()).isCloseTo(0.375, within(0.01));
        // Where none fits, the middle.
        assertThat(new RandomResizedCrop(1, 1, 1).box(10, 100, random)).isEqualTo(new Box(45, 0, 55, 10));
    }

    @Test
    void erasingReplacesOneRectangle() {
        ImageShape shape = new ImageShape(1, 20, 20);
        int erased = 0;
        for (int i = 0; i < 300; i++) {
            float[] image = new float[400];
            Arrays.fill(image, 2);
            new RandomErasing(0.5).apply(image, shape, random);
            int changed = 0;
            for (float value : image) {
                changed += value == 2 ? 0 : 1;
            }
            erased += changed > 0 ? 1 : 0;
            assertThat(changed).isLessThan(160);
        }
        assertThat(erased).isBetween(110, 190);
    }

    static List<BatchTransform> everyMixing() {
        return List.of(new Mixup(0.4), new CutMix(1), new OneOf(List.of(new Mixup(0.4), new CutMix(1))));
    }

    /** Image n is n + 1 everywhere, so that each value tells of which images, and in what shares, it was made. */
    @ParameterizedTest
    @MethodSource("everyMixing")
    void labelsAreMixedInTheSharesOfTheirImages(BatchTransform mixing) {
        ImageShape shape = new ImageShape(2, 8, 8);
        SummaryStatistics shares = new SummaryStatistics();
        for (int seed = 0; seed < 200; seed++) {
            float[] images = new float[3 * shape.elements()];
            for (int i = 0; i < images.length; i++) {
                images[i] = i / shape.elements() + 1;
            }
            Batch batch = mixing.apply(
                    new Batch(images, new int[] {5, 6, 7}, new int[] {10, 11, 12}, shape), new MersenneTwister(seed));
            assertThat(batch.labels()).containsExactly(5, 6, 7);
            assertThat(batch.mixed().labels()).containsExactly(7, 6, 5);
            float share = batch.mixed().share();
            assertThat(share).isBetween(0f, 1f);
            shares.addValue(share);
            for (int n = 0; n < 3; n++) {
                double mean = 0;
                for (int i = 0; i < shape.elements(); i++) {
                    mean += batch.images()[n * shape.elements() + i] / shape.elements();
                }
                assertThat(mean).isCloseTo(share * (n + 1) + (1 - share) * (3 - n), within(1e-4));
            }
        }
        assertThat(shares.getStandardDeviation()).isGreaterThan(0.1);
    }

    @Test
    void parametersOutOfRangeAreRefused() {
        assertThatThrownBy(() -> new Mixup(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new CutMix(Double.NaN)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RandAugment(2, 31)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ColourJitter.of(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RandomErasing(2)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RandomResizedCrop(0, 1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new OneOf(List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    private static float[] noise(ImageShape shape, int seed) {
        RandomGenerator random = new MersenneTwister(seed);
        float[] image = new float[shape.elements()];
        for (int i = 0; i < image.length; i++) {
            image[i] = random.nextFloat();
        }
        return image;
    }
}
