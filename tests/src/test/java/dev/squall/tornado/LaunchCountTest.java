package dev.squall.tornado;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.autograd.Autograd;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Precision;
import dev.squall.nn.Module;
import dev.squall.op.CrossEntropy;
import dev.squall.optim.ExponentialMovingAverage;
import dev.squall.optim.ParameterGroup;
import dev.squall.optim.Sgd;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import dev.squall.tornado.device.Split;
import dev.squall.tornado.sim.SimulatorOptions;
import dev.squall.tresnet.Networks;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How many launches TResNet-M takes, with the kernels for GPUs: each costs tens of microseconds whatever it computes, which is half of a step with a
 * small batch. The simulator counts them and computes nothing.
 */
@Tag("sim")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LaunchCountTest {
    private static final Shape IMAGES = Shape.of(8, 3, 224, 224);

    /** A batch of which each plane makes whole pieces for tensor cores, as any multiple of 16 does. */
    private static final Shape PIECES = Shape.of(16, 3, 224, 224);

    private final SimulatorOptions before = SimulatorOptions.current();

    private final TornadoVmBackend backend = open(Precision.FAST);

    private TornadoVmBackend open(Precision precision) {
        SimulatorOptions.set(before.withExecution(false));
        try {
            return new TornadoVmBackend(
                    BackendOptions.DEFAULT.withMemoryBytes(7L << 30).withPrecision(precision), true);
        } catch (RuntimeException e) {
            SimulatorOptions.set(before);
            throw e;
        }
    }

    @BeforeAll
    @AfterAll
    void restore() {
        SimulatorOptions.set(before);
    }

    @AfterEach
    void restoreProcessors() {
        System.clearProperty(Split.PROCESSORS);
    }

    @AfterAll
    void close() {
        backend.close();
    }

    /** A device of one processor never cuts a sum into parts; one of 132, such as an H200, adds launches for those that it cuts. */
    @ParameterizedTest
    @ValueSource(ints = {1, 132})
    void training(int processors) {
        System.setProperty(Split.PROCESSORS, Integer.toString(processors));
        training(backend, IMAGES, 700);
    }

    /** Images are written as halves, so that mixed precision takes no launches more. */
    @ParameterizedTest
    @ValueSource(ints = {1, 132})
    void trainingInMixedPrecision(int processors) {
        System.setProperty(Split.PROCESSORS, Integer.toString(processors));
        try (TornadoVmBackend mixed = open(Precision.MIXED)) {
            training(mixed, PIECES, 700);
        } finally {
            restore();
        }
    }

    private static void training(TornadoVmBackend backend, Shape images, int most) {
        try (Module network = Networks.create("tresnet_m", backend, 3, 1000);
                Sgd optimizer =
                        new Sgd(ParameterGroup.withoutDecayOnBiasesAndNorms(network.parameters(), 1e-4f), 0.9f, true);
                var average = new ExponentialMovingAverage(all(network), 0.999f)) {
            Runnable step = () -> {
                try (Scope _ = Scope.open()) {
                    Tensor x = Tensor.fromArray(backend, images, new float[images.elements()]);
                    Tensor logits = network.forward(x);
                    Autograd.backward(CrossEntropy.crossEntropy(logits, new int[images.batch()], 0.1f));
                }
                optimizer.step(0.1f);
                optimizer.zeroGradients();
                average.update();
            };
            step.run();
            step.run();

            Map<String, Integer> launches = launchesOf(backend, step);

            assertThat(total(launches))
                    .as("launches of a training step, %s", launches)
                    .isLessThanOrEqualTo(most);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 132})
    void inference(int processors) {
        System.setProperty(Split.PROCESSORS, Integer.toString(processors));
        try (Module network = Networks.create("tresnet_m", backend, 3, 1000)) {
            network.eval();
            Runnable run = () -> {
                try (Scope _ = Scope.open()) {
                    Tensor x = Tensor.fromArray(backend, IMAGES, new float[IMAGES.elements()]);
                    Autograd.withoutGradients(() -> network.forward(x)).toArray();
                }
            };
            run.run();

            Map<String, Integer> launches = launchesOf(backend, run);

            assertThat(total(launches))
                    .as("launches of an inference, %s", launches)
                    .isLessThanOrEqualTo(150);
        }
    }

    private static Map<String, Tensor> all(Module network) {
        Map<String, Tensor> tensors = new TreeMap<>(network.parameters());
        tensors.putAll(network.buffers());
        return tensors;
    }

    private static Map<String, Integer> launchesOf(TornadoVmBackend backend, Runnable work) {
        Map<String, Integer> already = backend.launcher().device().launchesByKernel();
        work.run();
        Map<String, Integer> launches =
                new TreeMap<>(backend.launcher().device().launchesByKernel());
        already.forEach((kernel, count) -> launches.merge(kernel, -count, Integer::sum));
        launches.values().removeIf(count -> count == 0);
        return launches;
    }

    private static int total(Map<String, Integer> launches) {
        return launches.values().stream().mapToInt(Integer::intValue).sum();
    }
}
