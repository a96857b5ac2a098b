package dev.squall.tornado;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Precision;
import dev.squall.backend.BackendOptions.Replay;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.DeviceMemoryException;
import dev.squall.backend.Epilogue;
import dev.squall.nn.Module;
import dev.squall.nn.NetworkExamples;
import dev.squall.nn.NormKind;
import dev.squall.op.CrossEntropy;
import dev.squall.optim.ParameterGroup;
import dev.squall.optim.Sgd;
import dev.squall.tensor.Role;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tensor.Tensor;
import dev.squall.tornado.device.Launcher;
import dev.squall.tornado.sim.SimulatedMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is replayed is what would have been computed, to the bit, whatever changes between one time and the next. */
@Tag("sim")
@Tag("opencl")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReplayTest {
    private static final Shape SHAPE = Shape.of(1, 8, 4, 4);

    /** Repetitions after which even the slowest compiler has paid for itself. */
    private static final int MOST_TIMES = 20_000;

    private static final BackendOptions OPTIONS =
            BackendOptions.DEFAULT.withPrecision(Precision.ACCURATE).withMemoryBytes(64L << 20);

    private final TornadoVmBackend plain = new TornadoVmBackend(OPTIONS, false);
    private final TornadoVmBackend replaying = new TornadoVmBackend(OPTIONS.withReplay(Replay.ALWAYS), false);

    @AfterAll
    void close() {
        replaying.close();
        plain.close();
    }

    /** A dozen launches, some of which overwrite what others left: to run twice what must run once would show. */
    private static float[] compute(Backend backend, Shape shape, float[] values, float factor, Storage weights) {
        List<Storage> all = new ArrayList<>();
        Storage x = backend.allocate(shape, Role.ACTIVATION);
        all.add(x);
        backend.upload(values, x);
        for (int i = 0; i < 3; i++) {
            Storage y = backend.allocate(shape, Role.ACTIVATION);
            all.add(y);
            backend.convolution().forward(x, weights, ConvGeometry.square(3, 1, 1), Epilogue.NONE, y);
            backend.elementwise().axpby(factor, y, 0.5f, x, y);
            backend.elementwise().axpby(1f, y, 1f, y, y);
            x = y;
        }
        float[] result = new float[shape.elements()];
        backend.download(x, result);
        all.forEach(backend::free);
        return result;
    }

    private static Storage weights(Backend backend, long seed) {
        Storage w = backend.allocate(Shape.of(8, 8, 3, 3), Role.PARAMETER);
        backend.upload(TornadoFixture.values(w.shape(), seed), w);
        return w;
    }

    private void assertSame(Shape shape, long seed, float factor, Storage w, Storage replayedW) {
        float[] values = TornadoFixture.values(shape, seed);
        assertThat(compute(replaying, shape, values, factor, replayedW))
                .as("%s, values %d, factor %s", shape, seed, factor)
                .isEqualTo(compute(plain, shape, values, factor, w));
    }

    @Test
    void inputsShapesSettingsAndWeightsMayChange() {
        Storage w = weights(plain, 1);
        Storage replayedW = weights(replaying, 1);
        for (int seed = 0; seed < 5; seed++) {
            assertSame(SHAPE, seed, 0.25f, w, replayedW);
        }
        long replays = replaying.launcher().device().replays();
        assertThat(replays).isPositive();

        assertSame(Shape.of(1, 8, 5, 7), 6, 0.25f, w, replayedW);
        assertSame(SHAPE, 7, 0.75f, w, replayedW);
        assertThat(replaying.launcher().device().replays()).isEqualTo(replays);

        plain.upload(TornadoFixture.values(w.shape(), 2), w);
        replaying.upload(TornadoFixture.values(w.shape(), 2), replayedW);
        for (int seed = 8; seed < 11; seed++) {
            assertSame(SHAPE, seed, 0.25f, w, replayedW);
        }
        assertThat(replaying.launcher().device().replays()).isGreaterThan(replays);

        // Other weights, which begin where the others end: everything behind them moves.
        Storage other = weights(plain, 3);
        Storage replayedOther = weights(replaying, 3);
        assertSame(SHAPE, 11, 0.25f, other, replayedOther);
        assertSame(SHAPE, 12, 0.25f, w, replayedW);
        plain.free(w);
        replaying.free(replayedW);
        assertSame(SHAPE, 13, 0.25f, other, replayedOther);
        plain.free(other);
        replaying.free(replayedOther);
        assertThat(replaying.liveBytes()).isZero();
    }

    @Test
    void memoryThatIsRefusedInTheMiddleDoesNoHarm() {
        Storage w = weights(plain, 4);
        Storage replayedW = weights(replaying, 4);
        for (int seed = 0; seed < 4; seed++) {
            assertSame(SHAPE, seed, 0.5f, w, replayedW);
        }
        Storage x = replaying.allocate(SHAPE, Role.ACTIVATION);
        replaying.fill(x, 2f);
        replaying.elementwise().scale(3f, x, x);
        assertThatThrownBy(() -> replaying.allocate(Shape.of(64, 64, 128, 128), Role.ACTIVATION))
                .isInstanceOf(DeviceMemoryException.class);
        assertSame(SHAPE, 5, 0.5f, w, replayedW);
        assertThat(TornadoFixture.download(x)).containsOnly(6f);
        List.of(x, replayedW).forEach(replaying::free);
        plain.free(w);
    }

    @Test
    void kernelsForGpusAreReplayed() {
        try (TornadoVmBackend gpu = new TornadoVmBackend(OPTIONS.withReplay(Replay.ALWAYS), true)) {
            for (int time = 0; time < 5; time++) {
                Storage x = gpu.allocate(SHAPE, Role.ACTIVATION);
                gpu.upload(TornadoFixture.values(SHAPE, time), x);
                float[] expected = TornadoFixture.values(SHAPE, time);
                for (int i = 0; i < 10; i++) {
                    gpu.elementwise().axpby(0.5f, x, 1f, x, x);
                    for (int j = 0; j < expected.length; j++) {
                        expected[j] = 0.5f * expected[j] + expected[j];
                    }
                }
                assertThat(TornadoFixture.relativeError(TornadoFixture.download(x), expected))
                        .isLessThan(1e-6);
                gpu.free(x);
            }
            assertThat(gpu.launcher().device().replays()).isEqualTo(3);
        }
    }

    @Test
    void severalArenasAreReplayed() {
        try (TornadoVmBackend one = new TornadoVmBackend(OPTIONS, true);
                TornadoVmBackend four = Simulated.inArenas(OPTIONS.withReplay(Replay.ALWAYS), 4)) {
            Storage w = weights(one, 1);
            Storage sameW = weights(four, 1);
            for (Shape shape : List.of(SHAPE, Shape.of(1, 8, 5, 7), SHAPE)) {
                for (int seed = 0; seed < 5; seed++) {
                    float[] values = TornadoFixture.values(shape, seed);
                    assertThat(compute(four, shape, values, 0.25f, sameW))
                            .as("%s, values %d", shape, seed)
                            .isEqualTo(compute(one, shape, values, 0.25f, w));
                }
            }
            assertThat(four.launcher().device().replays()).isEqualTo(3 + 3 + 5);
        }
    }

    /** Activations go to two arenas in turn, so that every second step is the same if a step takes an odd number of them. */
    @Test
    void aTrainingStepInSeveralArenasIsReplayed() {
        try (TornadoVmBackend one = new TornadoVmBackend(OPTIONS, true);
                TornadoVmBackend two = Simulated.inArenas(OPTIONS.withReplay(Replay.ALWAYS), 2)) {
            Map<String, float[]> expected = trained(one, 9);
            Map<String, float[]> weights = trained(two, 9);

            assertThat(two.launcher().device().replays()).isGreaterThanOrEqualTo(4);
            expected.forEach(
                    (name, values) -> assertThat(weights.get(name)).as(name).isEqualTo(values));
        }
    }

    /** Nobody asked: a short run does not wait for a compiler, and a long one does so when it pays. */
    @Test
    void onAGpuWhatPaysIsReplayed() {
        assumeFalse(RealDevice.isPresent(), "a real compiler takes a minute to pay for itself");
        try (TornadoVmBackend gpu = new TornadoVmBackend(OPTIONS, true)) {
            Storage w = weights(gpu, 1);
            float[] values = TornadoFixture.values(SHAPE, 1);
            float[] first = compute(gpu, SHAPE, values, 0.25f, w);
            compute(gpu, SHAPE, values, 0.25f, w);
            compute(gpu, SHAPE, values, 0.25f, w);
            assertThat(gpu.launcher().device().replays()).isZero();

            int times = 0;
            while (gpu.launcher().device().replays() < 3 && times < MOST_TIMES) {
                assertThat(compute(gpu, SHAPE, values, 0.25f, w)).isEqualTo(first);
                times++;
            }
            assertThat(times).isLessThan(MOST_TIMES);
        }
    }

    @Test
    void onAProcessorAndWhereItIsForbiddenNothingIs() {
        try (TornadoVmBackend gpu = new TornadoVmBackend(OPTIONS.withReplay(Replay.NEVER), true)) {
            for (TornadoVmBackend backend : List.of(plain, gpu)) {
                Storage w = weights(backend, 1);
                for (int seed = 0; seed < 5; seed++) {
                    compute(backend, SHAPE, TornadoFixture.values(SHAPE, seed), 0.25f, w);
                }
                assertThat(backend.launcher().device().replays()).isZero();
                backend.free(w);
            }
        }
    }

    /** The second one begins to be replayed when the first one already is. */
    @Test
    void twoShapesThatTakeTurnsAreBothReplayed() {
        Storage w = weights(plain, 5);
        Storage replayedW = weights(replaying, 5);
        long before = replaying.launcher().device().replays();
        for (int seed = 0; seed < 3; seed++) {
            assertSame(Shape.of(1, 8, 6, 4), seed, 0.25f, w, replayedW);
        }
        for (int seed = 3; seed < 8; seed++) {
            assertSame(Shape.of(2, 8, 3, 5), seed, 0.25f, w, replayedW);
            assertSame(Shape.of(1, 8, 6, 4), seed, 0.25f, w, replayedW);
        }
        assertThat(replaying.launcher().device().replays() - before).isEqualTo(1 + 5 + 3);
        plain.free(w);
        replaying.free(replayedW);
    }

    /** Its updates are launched one by one, since the learning rate changes; all else is replayed. */
    @Test
    void aTrainingStepIsReplayedButForItsUpdates() {
        Map<String, float[]> expected = trained(plain, 6);
        long before = replaying.launcher().device().replays();

        Map<String, float[]> weights = trained(replaying, 6);

        assertThat(replaying.launcher().device().replays() - before).isGreaterThanOrEqualTo(4);
        assertThat(weights).hasSameSizeAs(expected);
        expected.forEach(
                (name, values) -> assertThat(weights.get(name)).as(name).isEqualTo(values));
    }

    /** A program that changes its shapes is replayed for ever, and what is replayed no longer takes no memory. */
    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void whatHasNotComeForLongestMakesRoom(int arenas) {
        List<Shape> shapes = List.of(SHAPE, Shape.of(1, 8, 5, 3), Shape.of(2, 8, 3, 2));
        try (TornadoVmBackend two = withTwoReplays(OPTIONS.withReplay(Replay.ALWAYS), arenas)) {
            Storage w = weights(plain, 1);
            Storage sameW = weights(two, 1);
            List<Integer> allocated = new ArrayList<>();
            for (int round = 0; round < 3; round++) {
                for (Shape shape : shapes) {
                    for (int seed = 0; seed < 4; seed++) {
                        float[] values = TornadoFixture.values(shape, seed);
                        float[] expected = compute(plain, shape, values, 0.25f, w);
                        assertThat(TornadoFixture.relativeError(compute(two, shape, values, 0.25f, sameW), expected))
                                .as("round %d, %s, values %d", round, shape, seed)
                                .isLessThan(arenas == 1 ? Double.MIN_VALUE : 1e-6);
                    }
                }
                assertThat(two.launcher().device().replays()).isEqualTo((round + 1) * shapes.size() * 2L);
                allocated.add(SimulatedMemory.allocated());
            }
            assertThat(allocated).as("arrays on the device after each round").containsOnly(allocated.getFirst());
            plain.free(w);
        }
    }

    /** Each would throw out the one that comes next, and all time would go into compiling. */
    @Test
    void threeThatTakeTurnsDoNotThrowEachOtherOut() {
        List<String> progress = new ArrayList<>();
        BackendOptions options = OPTIONS.withReplay(Replay.ALWAYS).withProgress(progress::add);
        try (TornadoVmBackend two = withTwoReplays(options, 1)) {
            Storage w = weights(two, 1);
            for (int round = 0; round < 10; round++) {
                for (Shape shape : List.of(SHAPE, Shape.of(1, 8, 5, 7), Shape.of(2, 8, 3, 5))) {
                    compute(two, shape, TornadoFixture.values(shape, round), 0.25f, w);
                }
            }
            assertThat(progress)
                    .filteredOn(text -> text.contains("as one task graph"))
                    .hasSize(2);
            assertThat(two.launcher().device().replays()).isEqualTo(2 * 8);
        }
    }

    private static TornadoVmBackend withTwoReplays(BackendOptions options, int arenas) {
        System.setProperty(Launcher.REPLAYS, "2");
        try {
            return arenas == 1 ? new TornadoVmBackend(options, false) : Simulated.inArenas(options, arenas);
        } finally {
            System.clearProperty(Launcher.REPLAYS);
        }
    }

    private static Map<String, float[]> trained(Backend backend, int steps) {
        Shape images = Shape.of(2, 2, 8, 8);
        Map<String, float[]> weights = new TreeMap<>();
        try (Module network = NetworkExamples.small(backend, NormKind.INPLACE, 3);
                Sgd optimizer =
                        new Sgd(ParameterGroup.withoutDecayOnBiasesAndNorms(network.parameters(), 1e-4f), 0.9f, true)) {
            for (int step = 0; step < steps; step++) {
                try (Scope _ = Scope.open()) {
                    Tensor x = Tensor.fromArray(backend, images, TornadoFixture.values(images, step));
                    Autograd.backward(CrossEntropy.crossEntropy(network.forward(x), new int[] {step % 3, 1}, 0.1f));
                }
                optimizer.step(0.1f / (1 + step));
                optimizer.zeroGradients();
            }
            network.parameters().forEach((name, tensor) -> weights.put(name, tensor.toArray()));
        }
        return weights;
    }
}
