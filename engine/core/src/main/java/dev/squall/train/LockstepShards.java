package dev.squall.train;

import dev.squall.nn.Module;
import dev.squall.nn.NormLayer;
import dev.squall.op.BatchSums;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Tensor;
import dev.squall.train.parallel.Communicator;
import dev.squall.train.parallel.TreeSum;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * The shards of a batch that fall to one worker, if norms are to see the batch as one. Each is a thread, and they take turns: one computes up to a
 * norm, puts down what the norm needs of all shards, and lets the next one go on; the last asks the other workers. So each shard's pass remains one by
 * itself, with the same bits wherever it is, and its gradients are apart from those of the others.
 */
final class LockstepShards implements BatchSums, AutoCloseable {
    private final Communicator communicator;
    private final Module network;
    private final List<Tensor> parameters;
    private List<Running> running = List.of();
    private int terms;
    private int current;
    private float[] total = {};
    private @Nullable Throwable failure;

    /**
     * A shard.
     *
     * @param term its number in the step, or {@link #NONE}
     * @param isCounted whether it has images
     * @param seed from which all follows that is random in it
     * @param body its pass
     */
    record Shard(int term, boolean isCounted, long seed, Runnable body) {
        /** Of a worker to which no shard falls: it keeps step with the others, with an image that nobody counts. */
        static final int NONE = -1;
    }

    /** A shard on its thread, which computes while it has the turn. */
    private static final class Running {
        private final Shard shard;
        private final Semaphore turn = new Semaphore(0);
        private final List<@Nullable Tensor> gradients = new ArrayList<>();
        private float[] mine = {};
        private boolean hasEnded;

        Running(Shard shard) {
            this.shard = shard;
        }
    }

    /** Lets the norms of {@code network} see all shards until it is closed. */
    LockstepShards(Communicator communicator, Module network, List<Tensor> parameters) {
        this.communicator = communicator;
        this.network = network;
        this.parameters = parameters;
        synchronise(this);
    }

    private void synchronise(@Nullable BatchSums sums) {
        network.visit((name, module) -> {
            if (module instanceof NormLayer norm) {
                norm.synchronise(sums);
            }
        });
    }

    /**
     * Goes through the shards of this worker, of {@code terms} of all workers.
     *
     * @param scope open on this thread
     */
    void run(int terms, List<Shard> shards, Scope scope) {
        this.terms = terms;
        failure = null;
        running = shards.stream().map(Running::new).toList();
        current = 0;
        if (running.size() == 1) {
            running.getFirst().shard.body.run();
            return;
        }
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < running.size(); i++) {
            int number = i;
            threads.add(Thread.ofPlatform().name("shard " + i).start(() -> scope.inside(() -> run(number))));
        }
        running.getFirst().turn.release();
        boolean isInterrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    isInterrupted = true;
                }
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure != null) {
            throw (RuntimeException) failure;
        }
    }

    private void run(int number) {
        Running one = running.get(number);
        one.turn.acquireUninterruptibly();
        current = number;
        try {
            if (failure == null) {
                one.shard.body.run();
            }
        } catch (RuntimeException | Error e) {
            if (failure == null) {
                failure = e;
            }
        } finally {
            one.gradients.stream().filter(Objects::nonNull).forEach(Tensor::close);
            one.hasEnded = true;
            passOn(number);
        }
    }

    /** To the next that has not ended; after a failure, all end one after the other. */
    private void passOn(int number) {
        for (int i = 1; i <= running.size(); i++) {
            Running next = running.get((number + i) % running.size());
            if (!next.hasEnded) {
                next.turn.release();
                return;
            }
        }
    }

    @Override
    public float[] sum(float... mine) {
        int number = current;
        Running one = running.get(number);
        one.mine = mine;
        if (number == running.size() - 1) {
            total = communicator.sum(all(mine.length));
        }
        if (running.size() > 1) {
            putAway(one);
            passOn(number);
            one.turn.acquireUninterruptibly();
            current = number;
            if (failure != null) {
                throw new IllegalStateException("another shard has failed", failure);
            }
            takeBack(one);
        }
        return total;
    }

    private TreeSum all(int length) {
        TreeSum sum = new TreeSum(terms, length);
        for (Running one : running) {
            if (one.shard.term != Shard.NONE) {
                sum.add(one.shard.term, one.mine.clone());
            }
        }
        return sum;
    }

    /** The network is the same for all shards, and so their gradients are in it only while they compute. */
    private void putAway(Running one) {
        for (Tensor parameter : parameters) {
            Tensor gradient = parameter.gradient();
            one.gradients.add(gradient == null ? null : Tensor.persistent(gradient.storage()));
            parameter.setGradient(null);
        }
    }

    private void takeBack(Running one) {
        for (int i = 0; i < parameters.size(); i++) {
            parameters.get(i).setGradient(one.gradients.get(i));
        }
        one.gradients.clear();
        network.reseed(one.shard.seed);
    }

    @Override
    public boolean isCounted() {
        return running.get(current).shard.isCounted;
    }

    @Override
    public boolean movesStatistics() {
        return current == 0;
    }

    /** How many shards have gone through the network. */
    int size() {
        return running.size();
    }

    /** Norms see what they are given again. */
    @Override
    public void close() {
        synchronise(null);
    }
}
