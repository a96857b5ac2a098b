package dev.squall.backend.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.Backend;
import dev.squall.backend.PoolGeometry;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Against values computed by hand. */
@Tag("fast")
class ReferencePoolingTest {
    private final Backend backend = new ReferenceBackend();

    /** [[1 2 3], [4 5 6], [7 8 9]]. */
    private final Tensor nine = Tensor.fromArray(backend, Shape.of(1, 1, 3, 3), 1, 2, 3, 4, 5, 6, 7, 8, 9);

    @Test
    void ceilModeRoundsTheOutputUpButNeverStartsAWindowBeyondTheImage() {
        Shape odd = Shape.of(1, 1, 3, 5);
        assertThat(PoolGeometry.square(2, 2, 0).output(odd)).isEqualTo(Shape.of(1, 1, 1, 2));
        assertThat(PoolGeometry.square(2, 2, 0).ceil().output(odd)).isEqualTo(Shape.of(1, 1, 2, 3));
        // ceil((4 + 2 - 2) / 3) + 1 = 3 windows, of which the third would start in the trailing padding.
        assertThat(PoolGeometry.square(2, 3, 1).ceil().output(Shape.of(1, 1, 4, 4)))
                .isEqualTo(Shape.of(1, 1, 2, 2));
    }

    @Test
    void averageOverThePixelsThatExist() {
        PoolGeometry geometry = PoolGeometry.square(2, 2, 0).ceil();
        Tensor y = Tensor.empty(backend, geometry.output(nine.shape()));
        backend.pooling().average(nine.storage(), geometry, y.storage());
        assertThat(y.toArray()).containsExactly(3, 4.5f, 7.5f, 9);

        Tensor dx = nine.like();
        Tensor dy = Tensor.fromArray(backend, y.shape(), 4, 6, 8, 5);
        backend.pooling().averageBackward(dy.storage(), geometry, dx.storage());
        assertThat(dx.toArray()).containsExactly(1, 1, 3, 1, 1, 3, 4, 4, 5);
    }

    @Test
    void averageCountsPaddingOnlyIfAsked() {
        PoolGeometry counting = new PoolGeometry(2, 2, 2, 2, 1, 1, false, true);
        Tensor y = Tensor.empty(backend, counting.output(nine.shape()));
        backend.pooling().average(nine.storage(), counting, y.storage());
        assertThat(y.toArray()).containsExactly(0.25f, 1.25f, 2.75f, 7);

        backend.pooling().average(nine.storage(), PoolGeometry.square(2, 2, 1), y.storage());
        assertThat(y.toArray()).containsExactly(1, 2.5f, 5.5f, 7);
    }

    @Test
    void maximumTakesTheFirstOfEquals() {
        Tensor x = Tensor.fromArray(backend, Shape.of(1, 1, 3, 3), -1, -2, -2, -2, -1, -3, -1, -3, -1);
        PoolGeometry geometry = PoolGeometry.square(2, 1, 1);
        Tensor y = Tensor.empty(backend, geometry.output(x.shape()));
        backend.pooling().max(x.storage(), geometry, y.storage());
        assertThat(y.shape()).isEqualTo(Shape.of(1, 1, 4, 4));
        assertThat(y.toArray()).containsExactly(-1, -1, -2, -2, -1, -1, -1, -2, -1, -1, -1, -1, -1, -1, -1, -1);

        Tensor dy = Tensor.empty(backend, y.shape());
        backend.fill(dy.storage(), 1f);
        Tensor dx = x.like();
        backend.pooling().maxBackward(x.storage(), dy.storage(), geometry, dx.storage());
        // Ties: the window over the first two rows and columns holds two -1, that in the top border two -2.
        assertThat(dx.toArray()).containsExactly(4, 1, 2, 0, 3, 0, 3, 0, 3);
    }

    @Test
    void blurReflectsAtTheBorder() {
        Tensor y = Tensor.empty(backend, Shape.of(1, 1, 2, 2));
        backend.pooling().blur(nine.storage(), y.storage());
        // Rows and columns are weighted [2 2 0]/4 at the first output and [0 2 2]/4 at the second.
        assertThat(y.toArray()).containsExactly(3, 4, 6, 7);

        Tensor dx = nine.like();
        backend.pooling()
                .blurBackward(Tensor.fromArray(backend, y.shape(), 4, 0, 0, 8).storage(), dx.storage());
        assertThat(dx.toArray()).containsExactly(1, 1, 0, 1, 3, 2, 0, 2, 2);
    }

    @Test
    void spaceToDepthPutsTheOffsetInTheBlockBeforeTheChannel() {
        Tensor x = Tensor.fromArray(backend, Shape.of(1, 2, 2, 2), 0, 1, 2, 3, 10, 11, 12, 13);
        Tensor y = Tensor.empty(backend, Shape.of(1, 8, 1, 1));
        backend.pooling().spaceToDepth(x.storage(), 2, y.storage());
        assertThat(y.toArray()).containsExactly(0, 10, 1, 11, 2, 12, 3, 13);

        Tensor back = x.like();
        backend.pooling().depthToSpace(y.storage(), 2, back.storage());
        assertThat(back.toArray()).containsExactly(x.toArray());
    }

    @Test
    void globalAverageAndItsDerivative() {
        Tensor y = Tensor.empty(backend, Shape.of(1, 1));
        backend.pooling().globalAverage(nine.storage(), y.storage());
        assertThat(y.toArray()).containsExactly(5);

        Tensor dx = nine.like();
        backend.pooling()
                .globalAverageBackward(Tensor.fromArray(backend, y.shape(), 18).storage(), dx.storage());
        assertThat(dx.toArray()).containsOnly(2);
    }
}
