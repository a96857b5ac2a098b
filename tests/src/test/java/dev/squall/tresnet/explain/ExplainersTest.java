package dev.squall.tresnet.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.squall.BackendsUnderTest;
import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.data.ImageShape;
import dev.squall.data.image.Image;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import dev.squall.tresnet.ImageNetwork;
import dev.squall.tresnet.Networks;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where networks look: Grad-CAM against its closed form, on every backend; occlusion against one patch by hand. */
class ExplainersTest {
    private static final int CLASSES = 5;

    static List<String> networks() {
        return Networks.names();
    }

    /** Where an average and one matrix follow the maps, the weights of the maps are the class's row of that matrix, divided by the area. */
    @ParameterizedTest
    @MethodSource("networks")
    void gradCamOfAnAverageAndAMatrixIsTheirProduct(String name) {
        Backend backend = BackendsUnderTest.forNetworks().getFirst();
        try (ImageNetwork network = network(name, backend);
                Scope scope = Scope.open()) {
            Tensor image = image(backend, network, 64);
            Explanation explanation = new GradCam().explain(network, image, OptionalInt.of(2));
            float[] logits =
                    Autograd.withoutGradients(() -> network.forward(image)).toArray();
            Tensor maps = Autograd.withoutGradients(() -> network.features(image));
            assertThat(Autograd.withoutGradients(() -> network.logits(maps)).toArray())
                    .containsExactly(logits);
            assertThat(explanation.label()).isEqualTo(2);
            assertThat(explanation.map().height()).isEqualTo(maps.shape().height());
            assertThat(explanation.probabilities()).hasSize(CLASSES);
            assertThat(network.parameters().values()).allMatch(parameter -> parameter.gradient() == null);
            if (!name.startsWith("mobilenet")) {
                double[] expected = product(network, maps);
                HeatMap product = HeatMap.of(maps.shape().height(), maps.shape().width(), expected);
                assertThat(explanation.map().values()).containsExactly(product.values(), within(1e-4f));
                assertThat(explanation.map().peak()).isCloseTo(product.peak(), within(1e-4 * product.peak()));
            }
        }
    }

    private static double[] product(ImageNetwork network, Tensor maps) {
        List<Tensor> parameters = List.copyOf(network.parameters().values());
        float[] matrix = parameters.get(parameters.size() - 2).toArray();
        float[] values = maps.toArray();
        int channels = maps.shape().channels();
        int area = values.length / channels;
        double[] product = new double[area];
        for (int k = 0; k < channels; k++) {
            for (int i = 0; i < area; i++) {
                product[i] += (double) matrix[2 * channels + k] * values[k * area + i] / area;
            }
        }
        return product;
    }

    /** MobileNetV3 has a layer with a curved activation between the average and the matrix. */
    @ParameterizedTest
    @ValueSource(strings = {"tresnet_tiny", "mobilenetv3_large_100"})
    void gradCamIsTheSameOnAllBackends(String name) {
        HeatMap expected = gradCam(name, BackendsUnderTest.reference());
        for (Backend backend : BackendsUnderTest.forNetworks()) {
            HeatMap actual = gradCam(name, backend);
            assertThat(actual.values()).as(backend.name()).containsExactly(expected.values(), within(2e-3f));
        }
    }

    private static HeatMap gradCam(String name, Backend backend) {
        try (ImageNetwork network = network(name, backend);
                Scope scope = Scope.open()) {
            return new GradCam()
                    .explain(network, image(backend, network, 64), OptionalInt.empty())
                    .map();
        }
    }

    @Test
    void nothingIsLeftInMemory() {
        Backend backend = BackendsUnderTest.forNetworks().getFirst();
        try (ImageNetwork network = network("tresnet_tiny", backend);
                Scope scope = Scope.open()) {
            Tensor image = image(backend, network, 28);
            for (Explainer explainer : List.of(new GradCam(), new Occlusion())) {
                explainer.explain(network, image, OptionalInt.empty());
                long before = backend.liveBytes();
                explainer.explain(network, image, OptionalInt.of(1));
                assertThat(backend.liveBytes()).isEqualTo(before);
            }
        }
    }

    @Test
    void gradCamDoesNotDisturbATraining() {
        Backend backend = BackendsUnderTest.reference();
        try (ImageNetwork network = network("tresnet_tiny", backend);
                Scope scope = Scope.open()) {
            network.train();
            assertThatThrownBy(() -> new GradCam().explain(network, image(backend, network, 28), OptionalInt.empty()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("eval()");
        }
    }

    /** A map of 13 x 13 half patches, of which one is computed by hand: the one in the third row and the fifth column. */
    @Test
    void occlusionIsTheFallBehindEachPatch() {
        Backend backend = BackendsUnderTest.forNetworks().getFirst();
        try (ImageNetwork network = network("tresnet_tiny", backend);
                Scope scope = Scope.open()) {
            Explanation explanation =
                    new Occlusion().explain(network, image(backend, network, 28), OptionalInt.empty());
            HeatMap map = explanation.map();
            assertThat(map.height()).isEqualTo(13);
            assertThat(map.width()).isEqualTo(13);
            assertThat(explanation.label()).isEqualTo(Explanation.highest(explanation.probabilities()));
            float[] hidden = image(backend, network, 28).toArray();
            double mean = 0;
            for (float value : hidden) {
                mean += value / hidden.length;
            }
            for (int y = 4; y < 8; y++) {
                for (int x = 8; x < 12; x++) {
                    hidden[y * 28 + x] = (float) mean;
                }
            }
            Tensor occluded = Tensor.fromArray(backend, Shape.of(1, 1, 28, 28), hidden);
            float[] seen = new GradCam()
                    .explain(network, occluded, OptionalInt.of(explanation.label()))
                    .probabilities();
            double fall = explanation.probability() - seen[explanation.label()];
            assertThat(map.values()[2 * 13 + 4] * map.peak()).isCloseTo(Math.max(0, fall), within(1e-5));
        }
    }

    @Test
    void aMapOfNothingIsZeroAndAPeakIsOne() {
        assertThat(HeatMap.of(1, 3, new double[] {-1, 0, -2}).values()).containsExactly(0, 0, 0);
        HeatMap map = HeatMap.of(2, 2, new double[] {1, 4, -1, 2});
        assertThat(map.values()).containsExactly(0.25f, 1, 0, 0.5f);
        assertThat(map.rows()).isDeepEqualTo(new float[][] {{0.25f, 1}, {0, 0.5f}});
        assertThat(map.resized(8, 8).values()[7]).isEqualTo(1);
    }

    @Test
    void theOverlayCoversWhatCountsAndLeavesTheRest() {
        float[] grey = new float[3 * 4 * 4];
        Arrays.fill(grey, 0.5f);
        HeatMap map = new HeatMap(4, 4, new float[16], 1);
        map.values()[0] = 1;
        BufferedImage drawing = Overlay.of(new Image(new ImageShape(3, 4, 4), grey), map);
        assertThat(new Color(drawing.getRGB(3, 3))).isEqualTo(new Color(128, 128, 128));
        Color covered = new Color(drawing.getRGB(0, 0));
        assertThat(covered.getRed()).isGreaterThan(200);
        assertThat(covered.getBlue()).isLessThan(covered.getGreen());
    }

    private static ImageNetwork network(String name, Backend backend) {
        ImageNetwork network =
                Networks.preset(name).config().withClasses(CLASSES).build(backend);
        network.initialise(3);
        network.eval();
        return network;
    }

    private static Tensor image(Backend backend, ImageNetwork network, int side) {
        Shape shape = Shape.of(1, network.config().inputChannels(), side, side);
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(7);
        float[] pixels = new float[shape.elements()];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = random.nextFloat();
        }
        return Tensor.fromArray(backend, shape, pixels);
    }
}
