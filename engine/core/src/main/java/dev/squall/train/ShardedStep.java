package dev.squall.train;

import dev.squall.backend.Backend;
import dev.squall.data.Batch;
import dev.squall.data.DataLoader;
import dev.squall.nn.Counter;
import dev.squall.tensor.Role;
import dev.squall.tensor.Storage;
import dev.squall.tensor.Tensor;
import dev.squall.train.parallel.Communicator;
import dev.squall.train.parallel.TreeSum;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The gradient of a step whose images are cut into shards, which several workers share among them. Each shard is one pass, which begins with the
 * running statistics that the step began with and whose batch norms see nothing but the shard, unless the recipe wants them to see all. Gradients, changes of these statistics and what
 * was counted are then summed over all shards, as {@link TreeSum} does it: in an order that does not depend on how many workers there are, so that
 * the weights do not either, to the last bit.
 *
 * <p>A shard and the sum are one vector: the gradients, what was added to the statistics, and for each parameter whether it has a gradient, then the figures.
 */
final class ShardedStep implements AutoCloseable {
    private static final int FIGURES = 7;

    private final Trainer.Setup setup;
    private final Communicator communicator;
    private final Pass pass;
    private final List<Tensor> parameters;
    private final List<Tensor> buffers;
    private final List<Counter> counters;
    private final int length;
    /** If norms are to see all shards as one. */
    private final @Nullable LockstepShards lockstep;

    /**
     * What is to be done in a step.
     *
     * @param first the number of its first shard in the epoch
     * @param shards how many it has
     * @param images how many it has
     * @param saved the statistics that it begins with
     * @param stop whether this worker is asked to stop
     */
    record Task(int first, int shards, int images, SavedBuffers saved, boolean stop) {}

    /**
     * What came of all shards together.
     *
     * @param images that could be read
     * @param counted of those, the ones in the following sums
     * @param correct of those
     * @param lossSum over those
     * @param hasGradient whether there is a gradient
     * @param finite whether all losses are numbers
     * @param stops whether a worker was asked to stop
     */
    record Outcome(
            int images, int counted, int correct, double lossSum, boolean hasGradient, boolean finite, boolean stops) {}

    ShardedStep(Trainer.Setup setup, Communicator communicator, Pass pass) {
        this.setup = setup;
        this.communicator = communicator;
        this.pass = pass;
        parameters = setup.optimizer().parameters();
        buffers = List.copyOf(setup.network().buffers().values());
        counters = List.copyOf(setup.network().counters().values());
        int elements = 0;
        for (Tensor tensor : parameters) {
            elements = Math.addExact(elements, tensor.shape().elements());
        }
        for (Tensor tensor : buffers) {
            elements = Math.addExact(elements, tensor.shape().elements());
        }
        length = elements + counters.size() + parameters.size() + FIGURES;
        lockstep = setup.recipe().syncNorms() ? new LockstepShards(communicator, setup.network(), parameters) : null;
    }

    /** Whether shard {@code shard} of {@code shards} is one of this worker's. */
    boolean isMine(int shards, int shard) {
        int rank = communicator.rank();
        return shard >= communicator.first(shards, rank) && shard < communicator.first(shards, rank + 1);
    }

    /**
     * Goes through this worker's shards, and leaves the gradient of all shards in the parameters, and their statistics in the network.
     *
     * @param loaded gives this worker's shards
     */
    Outcome backward(DataLoader.Epoch loaded, Task task) {
        TreeSum sum = new TreeSum(task.shards(), length);
        if (lockstep == null) {
            inTurn(loaded, task, sum);
        } else {
            together(lockstep, loaded, task, sum);
        }
        return take(communicator.sum(sum));
    }

    private void inTurn(DataLoader.Epoch loaded, Task task, TreeSum sum) {
        for (int shard = 0; shard < task.shards(); shard++) {
            if (isMine(task.shards(), shard)) {
                PredictionCounts predictions =
                        new PredictionCounts(setup.train().dataset().classes());
                Pass.Outcome outcome =
                        pass.backward(loaded.next(), task.first() + shard, task.shards(), task.images(), predictions);
                sum.add(shard, vector(outcome, predictions, task));
                setup.optimizer().zeroGradients();
                task.saved().restore();
            }
        }
    }

    /** All of this worker's shards at once, which wait for each other, and for those of other workers, in every norm. */
    private void together(LockstepShards lockstep, DataLoader.Epoch loaded, Task task, TreeSum sum) {
        List<LockstepShards.Shard> mine = new ArrayList<>();
        for (int shard = 0; shard < task.shards(); shard++) {
            if (isMine(task.shards(), shard)) {
                mine.add(shard(lockstep, loaded.next(), shard, task, sum));
            }
        }
        if (mine.isEmpty()) {
            Batch nothing = new Batch(
                    new float[0],
                    new int[0],
                    new int[0],
                    setup.train().dataset().shape());
            mine.add(shard(lockstep, nothing, LockstepShards.Shard.NONE, task, sum));
        }
        lockstep.run(task.shards(), mine, task.saved().scope());
        // Every shard has counted itself.
        counters.forEach(counter -> {
            long before = task.saved().count(counter);
            counter.set(before + (counter.get() - before) / lockstep.size());
        });
    }

    private LockstepShards.Shard shard(LockstepShards lockstep, Batch batch, int term, Task task, TreeSum sum) {
        int number = task.first() + (term == LockstepShards.Shard.NONE ? 0 : term);
        return new LockstepShards.Shard(term, batch.size() > 0, pass.seed(number), () -> {
            PredictionCounts predictions =
                    new PredictionCounts(setup.train().dataset().classes());
            Pass.Outcome outcome = pass.backward(batch, number, task.shards(), task.images(), predictions, lockstep);
            if (term != LockstepShards.Shard.NONE) {
                sum.add(term, vector(outcome, predictions, task));
            }
            setup.optimizer().zeroGradients();
        });
    }

    /** What a shard has given. */
    private float[] vector(Pass.Outcome outcome, PredictionCounts predictions, Task task) {
        float[] values = new float[length];
        int at = 0;
        for (Tensor parameter : parameters) {
            Tensor gradient = parameter.gradient();
            if (gradient != null) {
                System.arraycopy(
                        gradient.toArray(), 0, values, at, parameter.shape().elements());
            }
            at += parameter.shape().elements();
        }
        // Where norms see all shards, what they have added to the statistics is in the network already.
        boolean addsStatistics = outcome.hasGradient() && lockstep == null;
        for (Tensor buffer : buffers) {
            if (addsStatistics) {
                float[] after = buffer.toArray();
                float[] before = task.saved().before(buffer);
                for (int i = 0; i < after.length; i++) {
                    values[at + i] = after[i] - before[i];
                }
            }
            at += buffer.shape().elements();
        }
        for (Counter counter : counters) {
            values[at++] = addsStatistics ? counter.get() - task.saved().count(counter) : 0;
        }
        for (Tensor parameter : parameters) {
            values[at++] = parameter.gradient() == null ? 0 : 1;
        }
        values[at++] = outcome.images();
        values[at++] = predictions.images();
        values[at++] = predictions.correct();
        values[at++] = (float) predictions.lossSum();
        values[at++] = outcome.hasGradient() ? 1 : 0;
        values[at++] = outcome.finite() ? 0 : 1;
        values[at] = task.stop() ? 1 : 0;
        return values;
    }

    private Outcome take(float[] sum) {
        int figures = length - FIGURES;
        float shards = sum[figures + 4];
        if (shards > 0) {
            int mask = figures - parameters.size();
            int at = 0;
            for (int i = 0; i < parameters.size(); i++) {
                Tensor parameter = parameters.get(i);
                int elements = parameter.shape().elements();
                if (sum[mask + i] > 0) {
                    Storage storage = Backend.of(parameter).allocate(parameter.shape(), Role.PARAMETER);
                    Tensor gradient = Tensor.persistent(storage);
                    gradient.upload(FloatBuffer.wrap(sum, at, elements));
                    parameter.setGradient(gradient);
                }
                at += elements;
            }
            for (Tensor buffer : buffers) {
                float[] values = buffer.toArray();
                for (int i = 0; i < values.length; i++) {
                    values[i] += sum[at++] / shards;
                }
                buffer.upload(values);
            }
            for (Counter counter : counters) {
                counter.set(counter.get() + Math.round(sum[at++] / shards));
            }
        }
        return new Outcome(
                Math.round(sum[figures]),
                Math.round(sum[figures + 1]),
                Math.round(sum[figures + 2]),
                sum[figures + 3],
                shards > 0,
                sum[figures + 5] == 0,
                sum[figures + 6] > 0);
    }

    /** Norms see what they are given again. */
    @Override
    public void close() {
        if (lockstep != null) {
            lockstep.close();
        }
    }
}
