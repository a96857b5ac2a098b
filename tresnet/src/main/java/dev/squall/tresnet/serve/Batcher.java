package dev.squall.tresnet.serve;

import dev.squall.data.ImageShape;
import dev.squall.data.image.Image;
import dev.squall.tensor.Scope;
import dev.squall.tresnet.Classifier;
import dev.squall.tresnet.explain.Explanation;
import dev.squall.tresnet.explain.GradCam;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that computes. It takes the images that wait, up to a batch of them, since a batch takes less time than its images one by one;
 * while fewer wait, it gives others a moment to come. Whatever happens to a batch is the answer to its images, and the thread goes on.
 */
final class Batcher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Batcher.class);

    private final Classifier classifier;
    private final int batch;
    private final long delayNanos;
    private final Meters meters;
    private final BlockingQueue<Work> waiting = new LinkedBlockingQueue<>();
    private final CompletableFuture<@Nullable Void> warm = new CompletableFuture<>();
    private final Thread thread;
    private volatile boolean closing;

    /**
     * An image to be computed.
     *
     * @param image prepared for the network
     * @param explained whether to say where the network looked, which is computed for one image at a time
     * @param result to be completed; if somebody else has done that meanwhile, the image is left out
     */
    private record Work(Image image, boolean explained, long arrived, CompletableFuture<Result> result) {}

    /**
     * What the network says of an image.
     *
     * @param probabilities by label; they may be NaN
     * @param explanation where it looked for the most probable class; null if nobody asked
     */
    record Result(float[] probabilities, @Nullable Explanation explanation) {}

    /** Begins with computing a full batch of nothing, so that the first request does not wait for the compilation of all. */
    Batcher(Classifier classifier, ServerOptions options, Meters meters) {
        this.classifier = classifier;
        this.batch = options.batch();
        this.delayNanos = options.delay().toNanos();
        this.meters = meters;
        thread = Thread.ofPlatform().name("squall-compute").start(this::run);
    }

    /** Completed when the first batch has been computed, or has failed. */
    CompletableFuture<@Nullable Void> warm() {
        return warm;
    }

    /** Whether images will be computed. */
    boolean isAlive() {
        return thread.isAlive() && !closing;
    }

    /** Lets an image wait for its turn. To give up, cancel the result. */
    CompletableFuture<Result> submit(Image image, boolean explained) {
        CompletableFuture<Result> result = new CompletableFuture<>();
        waiting.add(new Work(image, explained, System.nanoTime(), result));
        return result;
    }

    private void run() {
        try {
            warmUp();
            warm.complete(null);
            while (!closing || !waiting.isEmpty()) {
                List<Work> together = next();
                compute(together.stream().filter(work -> !work.explained).toList());
                together.stream().filter(Work::explained).forEach(this::explain);
            }
        } catch (InterruptedException e) {
            // It is to end at once.
        } catch (Throwable e) {
            warm.completeExceptionally(e);
            if (warm.isDone() && !warm.isCompletedExceptionally()) {
                LOG.error("the thread that computes has ended", e);
            }
        }
    }

    private void warmUp() {
        ImageShape shape = classifier.card().image();
        Image nothing = new Image(shape, new float[shape.elements()]);
        for (int count = batch; count > 0; count /= 2) {
            classifier.probabilities(Collections.nCopies(count, nothing));
        }
    }

    /** The images to be computed next; none if none come for a while. */
    private List<Work> next() throws InterruptedException {
        List<Work> together = new ArrayList<>();
        Work first = waiting.poll(100, TimeUnit.MILLISECONDS);
        long until = first == null ? 0 : first.arrived + delayNanos;
        for (Work work = first; work != null; ) {
            if (!work.result.isDone()) {
                meters.waited(System.nanoTime() - work.arrived);
                together.add(work);
            }
            work = together.size() < batch
                    ? waiting.poll(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS)
                    : null;
        }
        return together;
    }

    private void compute(List<Work> works) {
        if (works.isEmpty()) {
            return;
        }
        try {
            long began = System.nanoTime();
            List<float[]> probabilities =
                    classifier.probabilities(works.stream().map(Work::image).toList());
            meters.computed(
                    works.size(),
                    System.nanoTime() - began,
                    classifier.backend().liveBytes());
            for (int i = 0; i < works.size(); i++) {
                works.get(i).result.complete(new Result(probabilities.get(i), null));
            }
        } catch (Throwable e) {
            works.forEach(work -> work.result.completeExceptionally(e));
        }
    }

    private void explain(Work work) {
        try (Scope _ = Scope.open()) {
            long began = System.nanoTime();
            Explanation explanation = new GradCam()
                    .explain(classifier.network(), classifier.tensor(List.of(work.image)), OptionalInt.empty());
            meters.computed(1, System.nanoTime() - began, classifier.backend().liveBytes());
            work.result.complete(new Result(explanation.probabilities(), explanation));
        } catch (Throwable e) {
            work.result.completeExceptionally(e);
        }
    }

    /** Computes what waits, takes nothing new, and ends. */
    @Override
    public void close() {
        closing = true;
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
                thread.interrupt();
            }
        }
        waiting.forEach(work -> work.result.completeExceptionally(
                new Refusal(Status.UNAVAILABLE, "the server is ending; ask another")));
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
