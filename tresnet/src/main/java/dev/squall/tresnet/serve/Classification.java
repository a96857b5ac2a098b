package dev.squall.tresnet.serve;

import dev.squall.data.Input;
import dev.squall.data.image.Image;
import dev.squall.data.image.ImageReader;
import dev.squall.data.image.Picture;
import dev.squall.error.BadInputException;
import dev.squall.tresnet.Classifier;
import dev.squall.tresnet.explain.Explanation;
import dev.squall.tresnet.explain.Overlay;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/** Answers requests, each on its own thread, but for what others do better: a few threads decode, and one computes. */
final class Classification implements AutoCloseable {
    private final Classifier classifier;
    private final ServerOptions options;
    private final Batcher batcher;
    private final Meters meters;
    private final MemoryBudget memory;

    /** The images in work. */
    private final Semaphore places;

    /** A decoded picture is large, and decoding takes a processor, which virtual threads would not share with each other meanwhile. */
    private final ExecutorService decoders = Executors.newFixedThreadPool(
            Runtime.getRuntime().availableProcessors(),
            Thread.ofPlatform().daemon().name("squall-decode-", 0).factory());

    Classification(Classifier classifier, ServerOptions options, Batcher batcher, MemoryBudget memory, Meters meters) {
        this.classifier = classifier;
        this.options = options;
        this.batcher = batcher;
        this.memory = memory;
        this.meters = meters;
        places = new Semaphore(options.queue());
    }

    /**
     * A picture on its way.
     *
     * @param values how many numbers are held for it
     * @param canvas what the network is shown of it, to draw on; null if that is not wanted
     */
    private record Waiting(
            String name,
            int width,
            int height,
            int values,
            @Nullable Image canvas,
            CompletableFuture<Batcher.Result> result) {}

    /** Images that are being decoded, wait, or are computed. */
    int inWork() {
        return options.queue() - places.availablePermits();
    }

    /**
     * Answers a request.
     *
     * @param top how many classes to name
     * @param explained whether to show where the network looked
     * @throws Refusal if it cannot be answered
     */
    Answer answer(HttpServletRequest request, int top, boolean explained) {
        try (MemoryBudget.Share share = memory.share()) {
            byte[] body = new RequestBody(request, options, share).read();
            List<SentImage> images = SentImage.of(request.getContentType(), body, share);
            int count = images.size();
            if (count > options.queue()) {
                throw new Refusal(
                        Status.TOO_LARGE,
                        "there are " + count + " pictures in the request, but at most " + options.queue()
                                + " are taken at once; send fewer");
            }
            if (!places.tryAcquire(count)) {
                throw new Refusal(
                        Status.TOO_MANY_REQUESTS,
                        "as many pictures are waiting as may (" + options.queue() + "); try again in a moment");
            }
            try {
                return answer(images, share, top, explained);
            } finally {
                places.release(count);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Refusal(Status.UNAVAILABLE, "the server is ending; ask another", e);
        }
    }

    private Answer answer(List<SentImage> images, MemoryBudget.Share share, int top, boolean explained)
            throws InterruptedException {
        long until = System.nanoTime() + options.timeout().toNanos();
        List<Future<Waiting>> decoding = images.stream()
                .map(image -> decoders.submit(() -> submit(image, explained)))
                .toList();
        List<Waiting> waiting = new ArrayList<>();
        try {
            for (Future<Waiting> each : decoding) {
                waiting.add(result(each, until));
                share.take((long) Float.BYTES * waiting.getLast().values());
            }
            List<Answer.Image> answers = new ArrayList<>();
            for (Waiting each : waiting) {
                Batcher.Result result = result(each.result, until);
                answers.add(new Answer.Image(
                        each.name,
                        each.width,
                        each.height,
                        classifier.guesses(result.probabilities(), top),
                        explanation(each, result)));
            }
            return new Answer(classifier.card().model(), answers);
        } finally {
            // Where one fails, nobody needs the others.
            decoding.forEach(each -> each.cancel(false));
            waiting.forEach(each -> each.result.cancel(false));
        }
    }

    private Waiting submit(SentImage image, boolean explained) {
        long began = System.nanoTime();
        Picture picture = decoded(image);
        Image prepared = classifier.card().prepare(picture);
        Image canvas = explained ? Overlay.canvas(picture, classifier.card()) : null;
        meters.decoded(System.nanoTime() - began);
        return new Waiting(
                image.name(),
                picture.width(),
                picture.height(),
                prepared.pixels().length + (canvas == null ? 0 : canvas.pixels().length),
                canvas,
                batcher.submit(prepared, explained));
    }

    private Picture decoded(SentImage image) {
        if (!ImageReader.isPicture(image.file())) {
            throw new Refusal(Status.UNSUPPORTED_TYPE, ImageReader.describe(image.name(), image.file()));
        }
        try {
            return ImageReader.open(
                    new Input(image.name(), () -> new ByteArrayInputStream(image.file())), options.mostPixels());
        } catch (BadInputException e) {
            throw new Refusal(Status.UNUSABLE, String.valueOf(e.getMessage()), e);
        }
    }

    private <T> T result(Future<T> future, long until) throws InterruptedException {
        try {
            return future.get(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw tooLate();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Refusal refusal) {
                throw refusal;
            }
            throw new IllegalStateException("a picture could not be computed", e.getCause());
        }
    }

    private Refusal tooLate() {
        return new Refusal(
                Status.UNAVAILABLE,
                "the answer was not there within " + options.timeout().toSeconds()
                        + " seconds; try again when less is asked for");
    }

    /** Gives up what is still being decoded. */
    @Override
    public void close() {
        decoders.shutdownNow();
    }

    private static Answer.@Nullable Explanation explanation(Waiting waiting, Batcher.Result result) {
        Explanation explanation = result.explanation();
        Image canvas = waiting.canvas;
        if (explanation == null || canvas == null) {
            return null;
        }
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        try {
            ImageIO.write(Overlay.of(canvas, explanation.map()), "png", png);
        } catch (IOException e) {
            throw new IllegalStateException("a PNG file could not be written to memory", e);
        }
        return new Answer.Explanation(
                "Grad-CAM",
                explanation.label(),
                "data:image/png;base64," + Base64.getEncoder().encodeToString(png.toByteArray()));
    }
}
