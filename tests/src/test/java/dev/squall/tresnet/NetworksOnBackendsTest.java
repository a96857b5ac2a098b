package dev.squall.tresnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.squall.BackendsUnderTest;
import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.nn.Module;
import dev.squall.op.CrossEntropy;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The compared networks on small images: every backend against the reference, logits and gradients. */
@Tag("opencl")
class NetworksOnBackendsTest {
    private static final Shape IMAGES = Shape.of(1, 3, 32, 32);

    /** MixNet-L's gradients need more memory than a simulated device has. */
    @ParameterizedTest
    @CsvSource({"mobilenetv3_large_100, true", "mixnet_l, false"})
    void logitsAndGradientsAreThoseOfTheReference(String name, boolean gradients) {
        compare(name, gradients);
    }

    /** The simulator would take hours. The gradients of the two largest need more memory than the tests ask of a device. */
    @Tag("slow")
    @EnabledIf("dev.squall.tornado.RealDevice#isPresent")
    @ParameterizedTest
    @CsvSource({
        "tresnet_m, true",
        "tresnet_l, false",
        "tresnet_xl, false",
        "resnet50, true",
        "resnet50d, true",
        "resnext50_32x4d, true",
        "seresnext50_32x4d, true",
        "efficientnet_b1, true",
        "mixnet_l, true"
    })
    void everyNetworkOnARealDevice(String name, boolean gradients) {
        compare(name, gradients);
    }

    private static void compare(String name, boolean gradients) {
        List<float[]> expected = results(BackendsUnderTest.reference(), name, gradients);
        for (Backend backend : BackendsUnderTest.others()) {
            List<float[]> actual = results(backend, name, gradients);
            for (int k = 0; k < expected.size(); k++) {
                assertThat(distance(expected.get(k), actual.get(k)))
                        .as("%s on %s, result %d", name, backend.name(), k)
                        .isCloseTo(0, within(k == 0 ? 1e-4 : 1e-3));
            }
        }
    }

    /** The logits without gradients, and the gradients of the first and of the last weights. */
    private static List<float[]> results(Backend backend, String name, boolean gradients) {
        List<float[]> results = new ArrayList<>();
        try (Module network = Networks.preset(name)
                        .config()
                        .withClasses(5)
                        .build(backend)
                        .initialise(1);
                Scope scope = Scope.open()) {
            float[] pixels = new float[IMAGES.elements()];
            for (int i = 0; i < pixels.length; i++) {
                pixels[i] = i * 37 % 101 / 101f;
            }
            Tensor x = Tensor.fromArray(backend, IMAGES, pixels);
            network.eval();
            results.add(Autograd.withoutGradients(() -> network.forward(x)).toArray());
            if (!gradients) {
                return results;
            }
            // By the running statistics: those of one image with maps of one pixel would magnify rounding without
            // bound.
            Autograd.backward(CrossEntropy.crossEntropy(network.forward(x), new int[] {1}, 0f));
            List<Tensor> parameters = List.copyOf(network.parameters().values());
            for (Tensor parameter : List.of(parameters.getFirst(), parameters.getLast())) {
                results.add(Objects.requireNonNull(parameter.gradient()).toArray());
            }
            return results;
        }
    }

    /** The norm of the difference, relative to that of what is expected. */
    private static double distance(float[] expected, float[] actual) {
        double squares = 0;
        double differences = 0;
        for (int i = 0; i < expected.length; i++) {
            squares += (double) expected[i] * expected[i];
            differences += Math.pow((double) expected[i] - actual[i], 2);
        }
        return Math.sqrt(differences / squares);
    }
}
