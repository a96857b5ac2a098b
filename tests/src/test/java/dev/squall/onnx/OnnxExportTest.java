package dev.squall.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Backends;
import dev.squall.error.BadInputException;
import dev.squall.nn.Module;
import dev.squall.op.Softmax;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import dev.squall.train.StateDict;
import dev.squall.tresnet.NetworkConfig;
import dev.squall.tresnet.Networks;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What ONNX Runtime makes of exported networks. */
class OnnxExportTest {
    private static final int CLASSES = 7;

    /** Of each kind one, and with {@code -Donnx.all} the larger ones of a kind too, which have nothing that the smaller ones lack. */
    static Stream<String> networks() {
        return Networks.names().stream()
                .filter(name -> System.getProperty("onnx.all") != null
                        || !List.of("tresnet_l", "tresnet_xl", "tresnet_v2_l", "tresnet_l_v2")
                                .contains(name));
    }

    @ParameterizedTest
    @MethodSource("networks")
    void onnxRuntimeComputesTheSame(String name) throws OrtException {
        NetworkConfig config = Networks.preset(name).config().withClasses(CLASSES);
        Shape image = Shape.of(config.inputChannels(), 64, 64);
        try (Backend jvm = Backends.open("jvm", BackendOptions.DEFAULT).backend();
                RecordingBackend recording = new RecordingBackend();
                Module network = config.build(jvm);
                Module recorded = config.build(recording);
                OrtEnvironment environment = OrtEnvironment.getEnvironment()) {
            network.initialise(1);
            disturb(network);
            StateDict.load(recorded, StateDict.of(network), name);
            byte[] model = OnnxExport.model(recording, recorded, image, Map.of("model", name))
                    .toByteArray();
            try (OrtSession session = environment.createSession(model)) {
                assertThat(session.getMetadata().getCustomMetadata()).containsEntry("model", name);
                // Other numbers of images than the one it was recorded with.
                for (int batch : new int[] {1, 3}) {
                    float[] pixels = pixels(batch * image.elements());
                    float[] expected = logits(network, jvm, batch, image, pixels);
                    float[] actual = run(environment, session, batch, image, pixels);
                    double largest = 0;
                    for (float value : expected) {
                        largest = Math.max(largest, Math.abs(value));
                    }
                    for (int i = 0; i < expected.length; i++) {
                        assertThat(Math.abs(actual[i] - expected[i]) / largest)
                                .as("logit %d of %d images", i, batch)
                                .isLessThan(1e-4);
                    }
                }
            }
        }
    }

    /** Other values than those of a new network, in which half of the branches give nothing. */
    private static void disturb(Module network) {
        SplittableRandom random = new SplittableRandom(3);
        List<Tensor> state = new ArrayList<>(network.parameters().values());
        state.addAll(network.buffers().values());
        for (Tensor tensor : state) {
            float[] values = tensor.toArray();
            for (int i = 0; i < values.length; i++) {
                values[i] += tensor.shape().rank() == 1 ? (float) random.nextDouble(0.1, 0.4) : 0;
            }
            tensor.upload(values);
        }
    }

    private static float[] pixels(int count) {
        SplittableRandom random = new SplittableRandom(4);
        float[] pixels = new float[count];
        for (int i = 0; i < count; i++) {
            pixels[i] = (float) random.nextDouble();
        }
        return pixels;
    }

    private static float[] logits(Module network, Backend backend, int batch, Shape image, float[] pixels) {
        network.eval();
        try (Scope _ = Scope.open()) {
            Tensor x = Tensor.fromArray(backend, Shape.of(batch, image.dim(0), image.dim(1), image.dim(2)), pixels);
            return Autograd.withoutGradients(() -> network.forward(x).toArray());
        }
    }

    private static float[] run(OrtEnvironment environment, OrtSession session, int batch, Shape image, float[] pixels)
            throws OrtException {
        long[] shape = {batch, image.dim(0), image.dim(1), image.dim(2)};
        try (OnnxTensor x = OnnxTensor.createTensor(environment, FloatBuffer.wrap(pixels), shape);
                OrtSession.Result result = session.run(Map.of(OnnxExport.INPUT, x))) {
            OnnxTensor logits = (OnnxTensor) result.get(OnnxExport.OUTPUT).orElseThrow();
            float[] values = new float[batch * CLASSES];
            logits.getFloatBuffer().get(values);
            return values;
        }
    }

    @Test
    void aPrimitiveWithoutTranslationIsNamed() {
        try (RecordingBackend backend = new RecordingBackend();
                Scope _ = Scope.open()) {
            Module network = new Module() {
                @Override
                protected Tensor compute(Tensor x) {
                    return Softmax.softmax(x);
                }
            };
            assertThatThrownBy(() -> OnnxExport.model(backend, network, Shape.of(3), Map.of()))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("softmax");
        }
    }
}
