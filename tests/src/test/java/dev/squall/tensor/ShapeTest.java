package dev.squall.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class ShapeTest {
    @Test
    void imagesHaveNamesForTheirDimensions() {
        Shape images = Shape.of(8, 3, 5, 7);
        assertThat(images.rank()).isEqualTo(4);
        assertThat(images.batch()).isEqualTo(8);
        assertThat(images.channels()).isEqualTo(3);
        assertThat(images.height()).isEqualTo(5);
        assertThat(images.width()).isEqualTo(7);
        assertThat(images.plane()).isEqualTo(35);
        assertThat(images.elements()).isEqualTo(840);
        assertThat(images.dim(-1)).isEqualTo(7);
        assertThat(images.withChannels(4)).isEqualTo(Shape.of(8, 4, 5, 7));
        assertThat(images).hasToString("[8, 3, 5, 7]");
    }

    @Test
    void valuesPerChannelAndScalars() {
        assertThat(Shape.of(6).channels()).isEqualTo(6);
        assertThat(Shape.of(2, 6).channels()).isEqualTo(6);
        assertThat(Shape.of(2, 6).plane()).isEqualTo(1);
        assertThat(Shape.of()).isSameAs(Shape.SCALAR);
        assertThat(Shape.SCALAR.elements()).isEqualTo(1);
        assertThat(Shape.SCALAR).hasToString("[]");
    }

    @Test
    void isAValue() {
        int[] dimensions = {2, 3};
        Shape shape = Shape.of(dimensions);
        dimensions[0] = 7;
        shape.toArray()[1] = 7;
        assertThat(shape).isEqualTo(Shape.of(2, 3)).hasSameHashCodeAs(Shape.of(2, 3));
        assertThat(shape).isNotEqualTo(Shape.of(3, 2)).isNotEqualTo(Shape.of(2, 3, 1));
    }

    @Test
    void theLargestTensorHasAsManyElementsAsAnIntCounts() {
        assertThat(Shape.of(Integer.MAX_VALUE, 1).elements()).isEqualTo(Integer.MAX_VALUE);
        for (int[] tooMany : new int[][] {
            {1 << 16, 1 << 15}, {Integer.MAX_VALUE, 2}, {46341, 46341}, {1 << 11, 1 << 11, 1 << 11, 1 << 11}
        }) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Shape.of(tooMany))
                    .withMessageContaining("at most 2^31 - 1");
        }
    }

    @Test
    void everyDimensionIsPositive() {
        for (int[] wrong : new int[][] {{0}, {3, -1}, {2, 0, 4}}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Shape.of(wrong))
                    .withMessageContaining("positive");
        }
    }

    @Test
    void aDimensionThatIsNotThereIsNamed() {
        for (int i : new int[] {2, -3, 7}) {
            assertThatExceptionOfType(IndexOutOfBoundsException.class)
                    .isThrownBy(() -> Shape.of(3, 4).dim(i))
                    .withMessageContaining("[3, 4], has no dimension " + i);
        }
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(Shape.SCALAR::channels);
        assertThatIllegalArgumentException().isThrownBy(() -> Shape.of(3).withChannels(2));
    }
}
