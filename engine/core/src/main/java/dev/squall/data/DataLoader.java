package dev.squall.data;

import dev.squall.error.BadInputException;
import dev.squall.error.Plural;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.commons.math3.random.MersenneTwister;
import org.apache.commons.math3.random.RandomGenerator;
import org.apache.commons.math3.util.MathArrays;

/**
 * Hands out a data set in batches, epoch by epoch, and prepares the next ones in the background.
 *
 * <p>What a batch holds depends on the seed, the epoch and the image alone: the same for any number of threads, and for
 * an epoch that is started again after a restart.
 */
public final class DataLoader {
    /** Stands where an image index stands in the seed of the shuffling. */
    private static final int SHUFFLING = -1;

    /** Stands there in the seed of changes of a whole batch. */
    private static final int MIXING = -2;

    /** More of them would take more memory than they save time. */
    private static final int MOST_THREADS = 256;

    private final Dataset dataset;
    private final int batchSize;
    private final boolean shuffle;
    private final boolean dropLast;
    private final long seed;
    private final List<Transform> transforms;
    private final List<BatchTransform> batchTransforms;
    private final int repeats;
    private final int threads;
    private final int prefetch;

    private DataLoader(Builder builder) {
        this.dataset = builder.dataset;
        this.batchSize = builder.batchSize;
        this.shuffle = builder.shuffle;
        this.dropLast = builder.dropLast;
        this.seed = builder.seed;
        this.transforms = builder.transforms;
        this.batchTransforms = builder.batchTransforms;
        this.repeats = builder.repeats;
        this.threads = builder.threads;
        this.prefetch = builder.prefetch;
    }

    /** A loader with the defaults of {@link Builder}. */
    public static Builder builder(Dataset dataset) {
        return new Builder(dataset);
    }

    /** The images it hands out. */
    public Dataset dataset() {
        return dataset;
    }

    /** Number of images in every batch but perhaps the last. */
    public int batchSize() {
        return batchSize;
    }

    /** Number of batches in an epoch. */
    public int batches() {
        return dropLast ? dataset.size() / batchSize : Math.ceilDiv(dataset.size(), batchSize);
    }

    /** Number of images in an epoch. */
    public int images() {
        return Math.min(dataset.size(), batches() * batchSize);
    }

    /** Starts on the batches of an epoch; close it if it is not used to its end. */
    public Epoch epoch(int epoch) {
        return epoch(epoch, 0);
    }

    /**
     * The same from batch {@code first} on, as if those before it had been taken.
     *
     * @throws IllegalArgumentException if the epoch has not so many
     */
    public Epoch epoch(int epoch, int first) {
        if (first < 0 || first > batches()) {
            throw new IllegalArgumentException(
                    "an epoch has " + Plural.of(batches(), "batch") + ", so that it cannot begin after " + first);
        }
        return epoch(epoch, IntStream.range(first, batches()));
    }

    /**
     * Only these batches of it, for one of several that share an epoch among them.
     *
     * @param numbers of batches, counted from 0, in the order in which they are wanted
     * @throws IllegalArgumentException if the epoch has not so many
     */
    public Epoch epoch(int epoch, IntStream numbers) {
        int[] wanted = numbers.toArray();
        for (int number : wanted) {
            if (number < 0 || number >= batches()) {
                throw new IllegalArgumentException("an epoch has " + Plural.of(batches(), "batch")
                        + ", and none of number " + number + ", counted from 0");
            }
        }
        return new Epoch(epoch, wanted);
    }

    /** The image indices of an epoch in the order in which they are handed out. */
    int[] order(int epoch) {
        int[] order = IntStream.range(0, dataset.size()).toArray();
        if (shuffle) {
            MathArrays.shuffle(order, new MersenneTwister(seedOf(epoch, SHUFFLING)));
        }
        return repeats == 1
                ? order
                : IntStream.range(0, order.length).map(i -> order[i / repeats]).toArray();
    }

    /**
     * Prepares a batch.
     *
     * @param first which place in the epoch its first image has
     */
    private Batch load(int epoch, int first, int[] indices) {
        Batch batch = images(epoch, first, indices);
        for (BatchTransform transform : batch.size() == 0 ? List.<BatchTransform>of() : batchTransforms) {
            batch = transform.apply(batch, new MersenneTwister(seedOf(epoch, MIXING, first / batchSize)));
            if (batch == null) {
                throw new IllegalStateException("a change of a whole batch must return a batch, returned null");
            }
        }
        return batch;
    }

    private Batch images(int epoch, int first, int[] indices) {
        ImageShape shape = dataset.shape();
        int elements = shape.elements();
        float[] images = new float[Math.multiplyExact(indices.length, elements)];
        int[] labels = new int[indices.length];
        int[] loaded = new int[indices.length];
        float[] image = new float[elements];
        RandomGenerator random = new MersenneTwister(0);
        int count = 0;
        for (int i = 0; i < indices.length; i++) {
            int index = indices[i];
            int copy = (first + i) % repeats;
            random.setSeed(copy == 0 ? seedOf(epoch, index) : seedOf(epoch, index, copy));
            try {
                dataset.image(index, random, image, 0);
            } catch (BadInputException e) {
                if (!dataset.skip(index, e)) {
                    throw e;
                }
                continue;
            }
            for (Transform transform : transforms) {
                transform.apply(image, shape, random);
            }
            System.arraycopy(image, 0, images, count * elements, elements);
            labels[count] = dataset.label(index);
            loaded[count++] = index;
        }
        return count == indices.length
                ? new Batch(images, labels, loaded, shape)
                : new Batch(
                        Arrays.copyOf(images, count * elements),
                        Arrays.copyOf(labels, count),
                        Arrays.copyOf(loaded, count),
                        shape);
    }

    private int[] seedOf(int epoch, int... what) {
        int[] parts = Arrays.copyOf(new int[] {(int) (seed >>> 32), (int) seed, epoch}, 3 + what.length);
        System.arraycopy(what, 0, parts, 3, what.length);
        return parts;
    }

    /** The batches of one epoch, in order, for one thread to take from. */
    public final class Epoch implements Iterator<Batch>, AutoCloseable {
        private final int epoch;
        private final int[] order;
        private final int[] numbers;
        private final Queue<Future<Batch>> ahead = new ArrayDeque<>();
        private final ExecutorService workers;
        private int submitted;
        private int taken;
        private long waitedNanos;

        private Epoch(int epoch, int[] numbers) {
            this.epoch = epoch;
            this.numbers = numbers;
            this.order = order(epoch);
            this.workers = Executors.newFixedThreadPool(
                    threads,
                    Thread.ofPlatform().daemon().name("data-loader-", 0).factory());
            submitAhead();
        }

        @Override
        public boolean hasNext() {
            return taken < numbers.length;
        }

        /**
         * The next batch, waiting for it if need be. It lacks images that could not be read, if the data set bears that, perhaps all.
         * Whatever else went wrong while preparing it is thrown here.
         *
         * @throws NoSuchElementException at the end of the epoch
         * @throws IllegalStateException if the epoch is closed, or the waiting thread is interrupted
         */
        @Override
        public Batch next() {
            if (!hasNext()) {
                throw new NoSuchElementException("epoch " + epoch + " has only " + Plural.of(numbers.length, "batch"));
            }
            if (workers.isShutdown()) {
                throw new IllegalStateException("epoch " + epoch + " is closed; start it again to read its batches");
            }
            Batch batch = await(ahead.remove());
            taken++;
            submitAhead();
            if (!hasNext()) {
                close();
            }
            return batch;
        }

        /** Stops preparing batches. */
        @Override
        public void close() {
            workers.shutdownNow();
        }

        private void submitAhead() {
            for (; submitted < numbers.length && submitted < taken + prefetch; submitted++) {
                int from = numbers[submitted] * batchSize;
                int[] indices = Arrays.copyOfRange(order, from, Math.min(from + batchSize, order.length));
                ahead.add(workers.submit(() -> load(epoch, from, indices)));
            }
        }

        /** How many seconds {@link #next} has waited for batches that were not ready. */
        public double secondsWaited() {
            return waitedNanos * 1e-9;
        }

        private Batch await(Future<Batch> future) {
            long began = System.nanoTime();
            try {
                return future.get();
            } catch (InterruptedException e) {
                close();
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while waiting for a batch", e);
            } catch (ExecutionException e) {
                close();
                switch (e.getCause()) {
                    case RuntimeException cause -> throw cause;
                    case Error cause -> throw cause;
                    case null, default -> throw new IllegalStateException("a batch could not be prepared", e);
                }
            } finally {
                waitedNanos += System.nanoTime() - began;
            }
        }
    }

    /** Settings of a loader: batches of 64, in the order of the data set, one thread, two batches ahead. */
    public static final class Builder {
        private final Dataset dataset;
        private int batchSize = 64;
        private boolean shuffle;
        private boolean dropLast;
        private long seed;
        private List<Transform> transforms = List.of();
        private List<BatchTransform> batchTransforms = List.of();
        private int repeats = 1;
        private int threads = 1;
        private int prefetch = 2;

        private Builder(Dataset dataset) {
            this.dataset = dataset;
        }

        /** Number of images in a batch. */
        public Builder batchSize(int batchSize) {
            this.batchSize = atLeastOne("batch size", batchSize);
            return this;
        }

        /** Whether every epoch has its own random order. */
        public Builder shuffle(boolean shuffle) {
            this.shuffle = shuffle;
            return this;
        }

        /** Whether to leave out a last batch that is not full. */
        public Builder dropLast(boolean dropLast) {
            this.dropLast = dropLast;
            return this;
        }

        /** What the order and the transforms are drawn from. */
        public Builder seed(long seed) {
            this.seed = seed;
            return this;
        }

        /** Applied to every image, in this order. */
        public Builder transforms(List<Transform> transforms) {
            this.transforms = List.copyOf(transforms);
            return this;
        }

        /** Applied to every batch after that, in this order. */
        public Builder batchTransforms(List<BatchTransform> batchTransforms) {
            this.batchTransforms = List.copyOf(batchTransforms);
            return this;
        }

        /**
         * How often each image is handed out in a row, changed in another way each time; an epoch has as many images as before,
         * and so fewer different ones (Hoffer et al. 2019, arXiv:1901.09335).
         */
        public Builder repeats(int repeats) {
            this.repeats = atLeastOne("number of repeats", repeats);
            return this;
        }

        /** Number of background threads, of which there are at most 256; at least one batch more than that is prepared ahead. */
        public Builder threads(int threads) {
            this.threads = Math.min(atLeastOne("number of loader threads", threads), MOST_THREADS);
            this.prefetch = Math.max(prefetch, this.threads + 1);
            return this;
        }

        /** Number of batches that may be ready or in preparation at any time. */
        public Builder prefetch(int prefetch) {
            this.prefetch = atLeastOne("number of batches to prefetch", prefetch);
            return this;
        }

        /**
         * Makes the loader.
         *
         * @throws BadInputException if there would be no batch, because there is no image or none can be full
         */
        public DataLoader build() {
            if (dataset.size() < 1) {
                throw new BadInputException(dataset.name() + " has no images; a loader needs at least one");
            }
            if (dropLast && batchSize > dataset.size()) {
                throw new BadInputException("a batch of %d needs more than the %s of %s; choose a smaller one"
                        .formatted(batchSize, Plural.of(dataset.size(), "image"), dataset.name()));
            }
            return new DataLoader(this);
        }

        private static int atLeastOne(String what, int value) {
            if (value < 1) {
                throw new IllegalArgumentException("the " + what + " must be at least 1, but is " + value);
            }
            return value;
        }
    }
}
