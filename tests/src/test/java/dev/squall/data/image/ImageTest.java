package dev.squall.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.squall.data.ImageShape;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
class ImageTest {
    private static Image grey(int height, int width, float... values) {
        return new Image(new ImageShape(1, height, width), values);
    }

    /** Weights 1/4 and 3/4 between neighbours; the border repeats. */
    @Test
    void enlargingInterpolates() {
        assertThat(grey(1, 2, 0f, 1f).resize(1, 4).pixels()).containsExactly(0f, 0.25f, 0.75f, 1f);
        assertThat(grey(2, 1, 0f, 1f).resize(4, 1).pixels()).containsExactly(0f, 0.25f, 0.75f, 1f);
    }

    /**
     * Halving: the triangle reaches two source pixels to each side of the centre. At the border its weights are 3, 3, 1
     * of 7, inside 1, 3, 3, 1 of 8.
     */
    @Test
    void shrinkingAveragesWithATriangle() {
        float[] resized =
                grey(1, 6, 0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.9f).resize(1, 3).pixels();
        assertThat(resized[0]).isCloseTo((3 * 1 + 3 * 2 + 3) / 70f, within(1e-6f));
        assertThat(resized[1]).isCloseTo((2 + 3 * 3 + 3 * 4 + 5) / 80f, within(1e-6f));
        assertThat(resized[2]).isCloseTo((4 + 3 * 5 + 3 * 9) / 70f, within(1e-6f));
    }

    @ParameterizedTest
    @CsvSource({"3, 5, 7, 2", "10, 4, 3, 9", "1, 1, 6, 6", "13, 17, 5, 5"})
    void aConstantImageStaysConstant(int height, int width, int newHeight, int newWidth) {
        float[] values = new float[2 * height * width];
        Arrays.fill(values, 0, height * width, 0.25f);
        Arrays.fill(values, height * width, values.length, 0.75f);
        Image resized = new Image(new ImageShape(2, height, width), values).resize(newHeight, newWidth);

        int area = newHeight * newWidth;
        assertThat(resized.shape()).isEqualTo(new ImageShape(2, newHeight, newWidth));
        for (int i = 0; i < area; i++) {
            assertThat(resized.pixels()[i]).isCloseTo(0.25f, within(1e-6f));
            assertThat(resized.pixels()[area + i]).isCloseTo(0.75f, within(1e-6f));
        }
    }

    @Test
    void aCropIsTheMiddle() {
        Picture picture = Picture.of(grey(2, 6, 0, 0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.5f, 0.6f, 0.7f, 0.8f, 0.9f, 1));
        assertThat(picture.fit(new ImageShape(1, 2, 2), 1, Interpolation.BILINEAR)
                        .pixels())
                .containsExactly(0.2f, 0.3f, 0.7f, 0.8f);
    }

    @ParameterizedTest
    @CsvSource({"28, 28", "40, 31", "31, 40", "5, 200", "224, 224"})
    void fittingGivesTheTargetWhateverTheSource(int height, int width) {
        ImageShape target = new ImageShape(3, 28, 28);
        assertThat(grey(height, width, new float[height * width]).fit(target).shape())
                .isEqualTo(target);
        ImageShape wide = new ImageShape(1, 12, 30);
        assertThat(grey(height, width, new float[height * width]).fit(wide).shape())
                .isEqualTo(wide);
    }

    @Test
    void greyAndColourAreConverted() {
        Image colour = new Image(new ImageShape(3, 1, 2), new float[] {1, 0, 0, 1, 0, 0});
        assertThat(colour.withChannels(1).pixels()).containsExactly(0.299f, 0.587f);
        assertThat(grey(1, 2, 0.5f, 1f).withChannels(3).pixels()).containsExactly(0.5f, 1f, 0.5f, 1f, 0.5f, 1f);
        assertThatThrownBy(() -> colour.withChannels(4)).isInstanceOf(IllegalArgumentException.class);
    }

    /** What is stored is the picture 1 2 3 / 4 5 6 turned or mirrored, as the EXIF standard's figures show it. */
    @ParameterizedTest
    @CsvSource({
        "1, 2, '1 2 3 4 5 6'",
        "2, 2, '3 2 1 6 5 4'",
        "3, 2, '6 5 4 3 2 1'",
        "4, 2, '4 5 6 1 2 3'",
        "5, 3, '1 4 2 5 3 6'",
        "6, 3, '3 6 2 5 1 4'",
        "7, 3, '6 3 5 2 4 1'",
        "8, 3, '4 1 5 2 6 3'",
        "0, 2, '1 2 3 4 5 6'",
        "9, 2, '1 2 3 4 5 6'"
    })
    void storedPicturesAreTurnedUpright(int orientation, int rows, String stored) {
        float[] values = new float[6];
        String[] words = stored.split(" ");
        for (int i = 0; i < 6; i++) {
            values[i] = Float.parseFloat(words[i]);
        }
        Image upright = grey(rows, 6 / rows, values).upright(orientation);
        assertThat(upright.shape()).isEqualTo(new ImageShape(1, 2, 3));
        assertThat(upright.pixels()).containsExactly(1, 2, 3, 4, 5, 6);
    }
}
