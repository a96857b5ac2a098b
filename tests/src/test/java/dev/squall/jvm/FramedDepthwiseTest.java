package dev.squall.jvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.squall.BackendsUnderTest;
import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.ConvGeometry;
import dev.squall.op.Conv2d;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Depthwise kernels that are zero around the middle, where the backend leaves taps out: nothing, the whole kernel, or a ring and more. */
@Tag("fast")
class FramedDepthwiseTest {
    private static final Shape IMAGES = Shape.of(2, 37, 13, 10);

    /** By channel: which kernel lies in the middle of 9x9; the blocks of 16 channels have one size, two, and nothing but zeros. */
    private static int size(int channel) {
        return channel < 16 ? 3 : channel < 32 ? (channel % 2 == 0 ? 5 : 1) : 0;
    }

    @ParameterizedTest
    @CsvSource({"1", "2"})
    void equalsTheReference(int stride) {
        List<float[]> expected = results(BackendsUnderTest.reference(), stride);
        for (Backend backend : BackendsUnderTest.others()) {
            List<float[]> actual = results(backend, stride);
            for (int k = 0; k < expected.size(); k++) {
                for (int i = 0; i < expected.get(k).length; i++) {
                    assertThat(actual.get(k)[i])
                            .as("%s: result %d, element %d", backend.name(), k, i)
                            .isEqualTo(expected.get(k)[i], within(2e-4f));
                }
            }
        }
    }

    /** y, dx and dw. */
    private static List<float[]> results(Backend backend, int stride) {
        Random random = new Random(stride);
        int channels = IMAGES.channels();
        float[] kernels = new float[channels * 81];
        for (int i = 0; i < kernels.length; i++) {
            int margin = (9 - size(i / 81)) / 2;
            int y = i % 81 / 9;
            int x = i % 9;
            boolean within = Math.min(Math.min(y, 8 - y), Math.min(x, 8 - x)) >= margin && size(i / 81) > 0;
            kernels[i] = within ? random.nextFloat() - 0.5f : 0;
        }
        float[] pixels = new float[IMAGES.elements()];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = random.nextFloat() - 0.5f;
        }
        ConvGeometry geometry = ConvGeometry.square(9, stride, 4).grouped(channels);
        try (Scope scope = Scope.open();
                Tensor w = Tensor.buffer(backend, Shape.of(channels, 1, 9, 9), kernels)
                        .requireGradient()) {
            Tensor x = Tensor.fromArray(backend, IMAGES, pixels).requireGradient();
            Tensor y = Conv2d.conv2d(x, w, null, geometry);
            Autograd.backward(y, Tensor.fromArray(backend, y.shape(), y.toArray()));
            return List.of(
                    y.toArray(),
                    Objects.requireNonNull(x.gradient()).toArray(),
                    Objects.requireNonNull(w.gradient()).toArray());
        }
    }
}
