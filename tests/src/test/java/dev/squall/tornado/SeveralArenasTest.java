package dev.squall.tornado;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.squall.autograd.Autograd;
import dev.squall.backend.BackendOptions;
import dev.squall.nn.Module;
import dev.squall.nn.NetworkExamples;
import dev.squall.nn.NormKind;
import dev.squall.op.CrossEntropy;
import dev.squall.optim.ExponentialMovingAverage;
import dev.squall.optim.ParameterGroup;
import dev.squall.optim.Sgd;
import dev.squall.tensor.Role;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tensor.Tensor;
import dev.squall.tornado.kernel.MemoryKernels;
import dev.squall.tornado.layout.TornadoStorage;
import dev.squall.tornado.sim.SimulatorOptions;
import dev.squall.tresnet.Networks;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A device's memory in several arenas, as one of more than 8 GB has it; here arenas are small, and activations go to all of them in turn. That every operation
 * finds each of its operands wherever it lies, {@code SeveralArenasGoldenTest} shows.
 */
@Tag("sim")
@Tag("opencl")
class SeveralArenasTest {
    private static final long MEMORY = 64L << 20;
    private static final Shape IMAGES = Shape.of(4, 2, 8, 8);

    private record Training(List<float[]> values, Map<String, Integer> launches, long peak) {}

    @Test
    void activationsLieInAllAndParametersInTheFirst() {
        try (TornadoVmBackend backend = Simulated.inArenas(MEMORY, 4)) {
            List<Storage> activations = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                activations.add(backend.allocate(IMAGES, Role.ACTIVATION));
            }
            Storage parameter = backend.allocate(Shape.of(3, 5), Role.PARAMETER);

            assertThat(TornadoStorage.places(activations.toArray(Storage[]::new)))
                    .containsExactlyInAnyOrder(0, 1, 2, 3);
            assertThat(TornadoStorage.places(parameter)).containsExactly(0);
            Storage elsewhere = activations.stream()
                    .filter(a -> TornadoStorage.of(a).place() != 0)
                    .findFirst()
                    .orElseThrow();
            assertThatIllegalStateException()
                    .isThrownBy(() -> TornadoStorage.of(elsewhere).mainOffset());
        }
    }

    @Test
    void trainingGivesTheBitsOfOneArena() throws Exception {
        Training one = train(Simulated.inArenas(MEMORY, 1));
        Training several = train(Simulated.inArenas(MEMORY, 4));

        for (int i = 0; i < one.values.size(); i++) {
            assertThat(several.values.get(i)).as("tensor %d", i).isEqualTo(one.values.get(i));
        }
        assertThat(several.launches).isEqualTo(one.launches);
        assertThat(several.peak).isEqualTo(one.peak);
    }

    private static Training train(TornadoVmBackend opened) throws Exception {
        try (TornadoVmBackend backend = opened;
                Module network =
                        NetworkExamples.small(backend, NormKind.INPLACE, 3).initialise(1);
                Sgd optimizer = new Sgd(ParameterGroup.single(network.parameters(), 1e-4f), 0.9f, true);
                var average = new ExponentialMovingAverage(network.parameters(), 0.9f)) {
            float[] pixels = TornadoFixture.values(IMAGES, 5);
            for (int step = 0; step < 4; step++) {
                try (Scope _ = Scope.open()) {
                    Tensor logits = network.forward(Tensor.fromArray(backend, IMAGES, pixels));
                    Autograd.backward(CrossEntropy.crossEntropy(logits, new int[] {0, 1, 2, 0}, 0.1f));
                }
                optimizer.step(0.05f);
                optimizer.zeroGradients();
                average.update();
            }
            List<float[]> values =
                    network.parameters().values().stream().map(Tensor::toArray).toList();
            Map<String, Integer> launches =
                    new TreeMap<>(backend.launcher().device().launchesByKernel());
            // Each arena begins with zeros.
            launches.remove(MemoryKernels.FILL.name());
            return new Training(values, launches, backend.peakBytes());
        }
    }

    /** With the simulator counting only: nothing is computed, and the memory is addresses. */
    @Test
    void aBatchOf1200FitsADeviceOf80Gigabytes() {
        if (RealDevice.isPresent()) {
            return;
        }
        SimulatorOptions before = SimulatorOptions.current();
        SimulatorOptions.set(before.withExecution(false));
        int batch = 1200;
        try (TornadoVmBackend backend = new TornadoVmBackend(BackendOptions.DEFAULT.withMemoryBytes(80L << 30), true);
                Module network = Networks.create("tresnet_m", backend, 3, 1000);
                Sgd optimizer = new Sgd(ParameterGroup.single(network.parameters(), 1e-4f), 0.9f, true)) {
            for (int step = 0; step < 2; step++) {
                try (Scope _ = Scope.open()) {
                    Tensor logits = network.forward(Tensor.empty(backend, Shape.of(batch, 3, 224, 224)));
                    Autograd.backward(CrossEntropy.crossEntropy(logits, new int[batch], 0.1f));
                }
                optimizer.step(0.1f);
                optimizer.zeroGradients();
            }
            assertThat(backend.peakBytes()).isBetween(50L << 30, 80L << 30);
        } finally {
            SimulatorOptions.set(before);
        }
    }
}
