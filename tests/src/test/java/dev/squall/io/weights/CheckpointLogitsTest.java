package dev.squall.io.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Backends;
import dev.squall.backend.ConvGeometry;
import dev.squall.io.HostTensor;
import dev.squall.io.SafeTensors;
import dev.squall.nn.BatchNorm;
import dev.squall.nn.Conv2d;
import dev.squall.nn.ConvAbn;
import dev.squall.nn.GlobalAveragePool;
import dev.squall.nn.Linear;
import dev.squall.nn.Module;
import dev.squall.nn.NormLayer;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import dev.squall.train.StateDict;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A network filled from a checkpoint that PyTorch wrote answers as it did there. */
@Tag("fast")
class CheckpointLogitsTest {
    private static final Path FILES = Path.of("src/test/resources/pth");

    /** Convolution, norm, ReLU, average, linear: what the files are of. */
    private static final class Small extends Module {
        private final Module features;
        private final Module pool;
        private final Module classifier;

        Small(Backend backend) {
            Conv2d convolution = new Conv2d(backend, 3, 8, ConvGeometry.square(3, 2, 1), false);
            BatchNorm norm = new BatchNorm(backend, NormLayer.Config.of(8, Activation.RELU));
            features = group(new ConvAbn(convolution, norm, "conv", "bn"));
            pool = child("pool", new GlobalAveragePool());
            classifier = child("fc", new Linear(backend, 8, 5));
        }

        @Override
        protected Tensor compute(Tensor x) {
            return classifier.forward(pool.forward(features.forward(x)));
        }
    }

    @ParameterizedTest
    @CsvSource({"plain, 1e-5", "legacy, 1e-5", "ddp_wrapped, 1e-5", "half, 2e-3"})
    void theLogitsAreThoseOfPyTorch(String name, double tolerance) {
        SafeTensors given = SafeTensors.read(FILES.resolve("expected.safetensors"));
        HostTensor input = given.tensors().get("__input");
        float[] logits = given.tensors().get("__logits").floats();
        int[] extents = Arrays.stream(input.shape()).mapToInt(Math::toIntExact).toArray();
        for (String backendName : new String[] {"reference", "jvm"}) {
            try (Backend backend =
                            Backends.open(backendName, BackendOptions.DEFAULT).backend();
                    Module network = new Small(backend);
                    Scope _ = Scope.open()) {
                Path file = FILES.resolve(name + ".pth");
                StateDict.load(network, WeightsFile.read(file, true).tensors(), name);
                network.eval();
                Tensor x = Tensor.fromArray(backend, Shape.of(extents), input.floats());
                float[] answer =
                        Autograd.withoutGradients(() -> network.forward(x)).toArray();
                assertThat(answer).as(backendName).containsExactly(logits, within((float) tolerance));
            }
        }
    }
}
