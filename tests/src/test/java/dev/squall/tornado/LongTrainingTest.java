package dev.squall.tornado;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.autograd.Autograd;
import dev.squall.backend.BackendOptions;
import dev.squall.nn.Module;
import dev.squall.nn.NetworkExamples;
import dev.squall.nn.NormKind;
import dev.squall.op.CrossEntropy;
import dev.squall.optim.ParameterGroup;
import dev.squall.optim.Sgd;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** A training of more than 100,000 launches takes no more memory at its end than at its beginning. */
@Tag("opencl")
@Tag("slow")
@EnabledIf("dev.squall.tornado.RealDevice#isPresent")
class LongTrainingTest {
    private static final int STEPS = 2000;
    private static final int WARM_UP = 300;
    private static final Shape IMAGES = Shape.of(4, 2, 8, 8);
    private static final long SLACK_BYTES = 24L << 20;

    @Test
    void memoryStaysFlat() throws IOException {
        try (TornadoVmBackend backend = new TornadoVmBackend(BackendOptions.DEFAULT.withMemoryBytes(64 << 20));
                Module network =
                        NetworkExamples.small(backend, NormKind.INPLACE, 3).initialise(1);
                Sgd optimizer = new Sgd(ParameterGroup.single(network.parameters(), 1e-4f), 0.9f, true)) {
            steps(WARM_UP, backend, network, optimizer);
            Memory before = Memory.of(backend);
            backend.resetPeak();
            int compilations = backend.launcher().device().compilations();
            steps(STEPS - WARM_UP, backend, network, optimizer);
            Memory after = Memory.of(backend);

            assertThat(backend.launcher().device().launches()).isGreaterThan(100_000);
            assertThat(backend.launcher().device().compilations()).isEqualTo(compilations);
            assertThat(after.device()).isEqualTo(before.device());
            assertThat(after.heap() - before.heap())
                    .as("heap, before %s, after %s", before, after)
                    .isLessThan(SLACK_BYTES);
            assertThat(after.resident() - before.resident())
                    .as("resident set, before %s, after %s", before, after)
                    .isLessThan(SLACK_BYTES);
        }
    }

    private static void steps(int count, TornadoVmBackend backend, Module network, Sgd optimizer) {
        float[] pixels = TornadoFixture.values(IMAGES, 5);
        for (int step = 0; step < count; step++) {
            try (Scope scope = Scope.open()) {
                Tensor logits = network.forward(Tensor.fromArray(backend, IMAGES, pixels));
                Autograd.backward(CrossEntropy.crossEntropy(logits, new int[] {0, 1, 2, 0}, 0.1f));
            }
            optimizer.step(0.001f);
            optimizer.zeroGradients();
        }
    }
}
