package dev.squall.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Backends;
import dev.squall.error.BadInputException;
import dev.squall.nn.Module;
import dev.squall.nn.NetworkExamples;
import dev.squall.nn.NormKind;
import dev.squall.op.CrossEntropy;
import dev.squall.op.Scale;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import dev.squall.train.parallel.Communicator;
import dev.squall.train.parallel.LocalCommunicator;
import dev.squall.train.parallel.TreeSum;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Norms that see all shards of a batch as one. */
@Tag("fast")
class SyncNormTest {
    private static final int IMAGES = 12;
    private static final int ELEMENTS = 2 * 8 * 8;
    private static final int SHARDS = 4;

    /** Gradients, and behind them the buffers. */
    @ParameterizedTest
    @CsvSource({
        "jvm, INPLACE, 0",
        "jvm, BATCHNORM, 0",
        "reference, INPLACE, 0",
        "reference, BATCHNORM, 0",
        "jvm, INPLACE, 30"
    })
    void shardsHaveTheGradientOfTheWholeBatch(String backend, NormKind kind, float offset)
            throws InterruptedException, ExecutionException {
        float[] images = new float[IMAGES * ELEMENTS];
        Random random = new Random(3);
        for (int i = 0; i < images.length; i++) {
            images[i] = offset + (float) random.nextGaussian() + i / ELEMENTS * 0.3f;
        }
        float[] whole = whole(backend, kind, images);
        float[] one = shards(backend, kind, images, 1);
        for (int workers = 2; workers <= SHARDS; workers++) {
            assertThat(shards(backend, kind, images, workers))
                    .as("%d workers", workers)
                    .isEqualTo(one);
        }
        float largest = 0;
        for (float value : whole) {
            largest = Math.max(largest, Math.abs(value));
        }
        for (int i = 0; i < whole.length; i++) {
            assertThat(one[i]).as("%d of %d", i, whole.length).isCloseTo(whole[i], within(2e-5f * largest));
        }
    }

    private static float[] whole(String name, NormKind kind, float[] images) {
        try (Backend backend = open(name);
                Module network = network(backend, kind);
                Scope _ = Scope.open()) {
            Autograd.backward(loss(network, images, 0, IMAGES));
            float[] all = gradients(network);
            float[] buffers = buffers(network);
            float[] both = Arrays.copyOf(all, all.length + buffers.length);
            System.arraycopy(buffers, 0, both, all.length, buffers.length);
            return both;
        }
    }

    private static float[] shards(String name, NormKind kind, float[] images, int workers)
            throws InterruptedException, ExecutionException {
        List<Communicator> communicators = LocalCommunicator.of(workers);
        try (ExecutorService threads = Executors.newFixedThreadPool(workers)) {
            List<Future<float[]>> results = new ArrayList<>();
            for (Communicator communicator : communicators) {
                results.add(threads.submit(() -> worker(name, kind, images, communicator)));
            }
            float[] first = results.getFirst().get();
            for (Future<float[]> result : results) {
                assertThat(result.get()).isEqualTo(first);
            }
            return first;
        }
    }

    private static float[] worker(String name, NormKind kind, float[] images, Communicator communicator) {
        try (communicator;
                Backend backend = open(name);
                Module network = network(backend, kind);
                Scope scope = Scope.open();
                LockstepShards lockstep = new LockstepShards(
                        communicator, network, List.copyOf(network.parameters().values()))) {
            List<float[]> gradients = new ArrayList<>();
            List<LockstepShards.Shard> mine = new ArrayList<>();
            int from = communicator.first(SHARDS, communicator.rank());
            int to = communicator.first(SHARDS, communicator.rank() + 1);
            for (int shard = from; shard < to; shard++) {
                int first = shard * IMAGES / SHARDS;
                mine.add(new LockstepShards.Shard(shard, true, 0, () -> {
                    try (Scope _ = Scope.open()) {
                        Autograd.backward(
                                Scale.scale(1f / SHARDS, loss(network, images, first, first + IMAGES / SHARDS)));
                    }
                    gradients.add(gradients(network));
                    network.parameters().values().forEach(parameter -> parameter.setGradient(null));
                }));
            }
            lockstep.run(SHARDS, mine, scope);
            TreeSum sum = new TreeSum(SHARDS, gradients.getFirst().length);
            for (int i = 0; i < gradients.size(); i++) {
                sum.add(from + i, gradients.get(i));
            }
            float[] all = communicator.sum(sum);
            float[] buffers = buffers(network);
            float[] both = Arrays.copyOf(all, all.length + buffers.length);
            System.arraycopy(buffers, 0, both, all.length, buffers.length);
            return both;
        }
    }

    private static Module network(Backend backend, NormKind kind) {
        Module network = NetworkExamples.small(backend, kind, 3).initialise(7);
        // Signs and sizes of weights of norms make a difference to their gradients.
        network.parameters().forEach((name, parameter) -> {
            if (parameter.shape().rank() == 1) {
                float[] values = parameter.toArray();
                for (int i = 0; i < values.length; i++) {
                    values[i] += (i % 3 - 1.2f) * 0.7f;
                }
                parameter.upload(values);
            }
        });
        return network.train();
    }

    private static Tensor loss(Module network, float[] images, int from, int to) {
        int[] labels = new int[to - from];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = (from + i) % 3;
        }
        Tensor x = Tensor.fromArray(
                network.backend(),
                Shape.of(to - from, 2, 8, 8),
                Arrays.copyOfRange(images, from * ELEMENTS, to * ELEMENTS));
        return CrossEntropy.crossEntropy(network.forward(x), labels, 0);
    }

    private static float[] gradients(Module network) {
        return joined(
                network.parameters().values().stream().map(Tensor::gradient).toList());
    }

    private static float[] buffers(Module network) {
        return joined(List.copyOf(network.buffers().values()));
    }

    private static float[] joined(List<Tensor> tensors) {
        float[] all = {};
        for (Tensor tensor : tensors) {
            float[] values = tensor.toArray();
            all = Arrays.copyOf(all, all.length + values.length);
            System.arraycopy(values, 0, all, all.length - values.length, values.length);
        }
        return all;
    }

    @Test
    void aFailureInOneShardEndsAll() {
        try (Backend backend = open("jvm");
                Module network = network(backend, NormKind.INPLACE);
                Scope scope = Scope.open();
                LockstepShards lockstep = new LockstepShards(
                        Communicator.ALONE,
                        network,
                        List.copyOf(network.parameters().values()))) {
            float[] images = new float[IMAGES * ELEMENTS];
            List<LockstepShards.Shard> shards = new ArrayList<>();
            for (int shard = 0; shard < SHARDS; shard++) {
                int own = shard;
                shards.add(new LockstepShards.Shard(shard, true, 0, () -> {
                    try (Scope _ = Scope.open()) {
                        loss(network, images, own, own + 2);
                        if (own == 2) {
                            throw new BadInputException("as was asked for");
                        }
                        lockstep.sum(1);
                    }
                }));
            }
            assertThatThrownBy(() -> lockstep.run(SHARDS, shards, scope)).hasMessage("as was asked for");
        }
    }

    @Test
    void itCannotBeWithAccumulation() {
        assertThatThrownBy(() -> Recipe.STANDARD.with("accumulate", 2).with("sync-bn", true))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("choose a larger batch of more shards");
    }

    private static Backend open(String name) {
        return Backends.open(name, BackendOptions.DEFAULT.withThreads(1)).backend();
    }
}
