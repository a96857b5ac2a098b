package dev.squall.tresnet.cli;

import dev.squall.backend.Backend;
import dev.squall.backend.Backends;
import dev.squall.data.image.ImageReader;
import dev.squall.error.BadInputException;
import dev.squall.error.Plural;
import dev.squall.tresnet.Classifier;
import dev.squall.tresnet.Networks;
import dev.squall.tresnet.serve.Server;
import dev.squall.tresnet.serve.ServerOptions;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code tresnet serve}: a trained network as a service over HTTP. What needs the server's libraries is in the package {@code serve}. */
@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Answers over HTTP what pictures show, until Ctrl-C or kill: then it takes no more, answers what it was asked before, and ends.",
            "Only programs on this machine reach it unless --host says otherwise; it asks nobody who they are."
        },
        footer = {
            "",
            "Examples:",
            "  tresnet serve --weights best.safetensors",
            "  curl -F file=@cat.jpg 'http://127.0.0.1:8080/v1/classify?top=3&explain=true'",
            "  curl -F file=@cat.jpg -F file=@dog.png http://127.0.0.1:8080/v1/classify",
            "  tresnet serve --weights m.pth --batch 16 --port 0    takes any free port",
            "",
            "The page at / takes a picture and shows the answer. /v1/classify takes a picture, a multipart form of pictures, or a JSON list of base64"
                    + " texts, and answers in JSON; /openapi.json says it in full. /health and /ready are for whoever starts and stops it, /metrics for"
                    + " Prometheus. Pictures are "
                    + ImageReader.FORMATS + ". More: tresnet/SERVING.md"
        })
final class ServeCommand implements Callable<Integer> {
    private static final int MOST_PORT = 65_535;
    private static final int MOST_DELAY_MS = 60_000;
    private static final int MOST_QUEUE = 1_000_000;
    private static final long LEAST_BODY = 1024;
    private static final long MOST_BODY = 1L << 30;
    private static final int MOST_MEGAPIXELS = 100;
    private static final int MOST_TIMEOUT_SECONDS = 3600;
    private static final int PIXELS_OF_A_MEGAPIXEL = 1_000_000;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private Main main;

    @Mixin
    private final WeightsMixin weights = new WeightsMixin();

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "8080",
            description = "The port to listen on, 0 for any that is free (default: ${DEFAULT-VALUE}).")
    private int port;

    @Option(
            names = "--host",
            paramLabel = "H",
            defaultValue = "127.0.0.1",
            description =
                    "The name or address of this machine to listen on, such as 0.0.0.0 for all of them (default: ${DEFAULT-VALUE}, which others do"
                            + " not reach).")
    private String host = "127.0.0.1";

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "8",
            description = "Most images that are computed at once (default: ${DEFAULT-VALUE}).")
    private int batch;

    @Option(
            names = "--delay-ms",
            paramLabel = "N",
            defaultValue = "5",
            description =
                    "How long an image waits for others to be computed with, in milliseconds (default: ${DEFAULT-VALUE}).")
    private int delayMillis;

    @Option(
            names = "--queue",
            paramLabel = "N",
            defaultValue = "256",
            description =
                    "Most images in work at a time; who comes then is told to come back, with status 429 (default: ${DEFAULT-VALUE}).")
    private int queue;

    @Option(
            names = "--max-body",
            paramLabel = "SIZE",
            defaultValue = "16MB",
            description = "The largest body of a request; a larger one is status 413 (default: ${DEFAULT-VALUE}).")
    private String mostBody = "16MB";

    @Option(
            names = "--max-megapixels",
            paramLabel = "N",
            defaultValue = "50",
            description =
                    "The largest picture, in millions of pixels; a larger one is status 422 (default: ${DEFAULT-VALUE}).")
    private int mostMegapixels;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "30",
            description =
                    "How long a request may take to arrive, else it is status 408, and how long it may then wait for its answer, else 503 (default:"
                            + " ${DEFAULT-VALUE}).")
    private int timeoutSeconds;

    @Mixin
    private final BackendOptionsMixin backendOptions = new BackendOptionsMixin();

    @Override
    public Integer call() throws InterruptedException {
        ServerOptions options = options();
        // Requests would fail meanwhile, see --timeout.
        backendOptions.withoutPauses();
        Backends.Choice choice = backendOptions.open(main.progress());
        try (StopSignals signals = new StopSignals(main.progress(), "answering what was asked, taking no more");
                Backend backend = choice.backend();
                Classifier classifier = weights.open(backend)) {
            MemoryAdvice.requireFits(
                    MemoryAdvice.Work.INFERENCE,
                    backend,
                    Networks.config(classifier.card()),
                    classifier.card().image(),
                    batch);
            PrintWriter out = spec.commandLine().getOut();
            out.println(choice.reason());
            try (Server server = Server.start(classifier, options)) {
                out.printf(
                        "%s for %s on %s%s%n",
                        classifier.card().model(),
                        Plural.of(classifier.card().classNames().size(), "class"),
                        server.address(),
                        isLoopback() ? "" : ", for everybody who reaches this machine");
                signals.await();
            }
            return signals.exitCode();
        }
    }

    /**
     * What was asked for.
     *
     * @throws BadInputException if a number cannot be meant
     */
    private ServerOptions options() {
        Arguments.within("--port", port, 0, MOST_PORT);
        Arguments.within("--batch", batch, 1, Arguments.MOST_IN_BATCH);
        Arguments.within("--delay-ms", delayMillis, 0, MOST_DELAY_MS);
        Arguments.within("--queue", queue, 1, MOST_QUEUE);
        Arguments.within("--max-megapixels", mostMegapixels, 1, MOST_MEGAPIXELS);
        Arguments.within("--timeout", timeoutSeconds, 1, MOST_TIMEOUT_SECONDS);
        long body = Arguments.bytes("--max-body", mostBody);
        if (body < LEAST_BODY || body > MOST_BODY) {
            throw new BadInputException("--max-body must be from 1KB to 1GB, not " + mostBody);
        }
        return new ServerOptions(
                host,
                port,
                batch,
                Duration.ofMillis(delayMillis),
                queue,
                body,
                (long) mostMegapixels * PIXELS_OF_A_MEGAPIXEL,
                Duration.ofSeconds(timeoutSeconds));
    }

    private boolean isLoopback() {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
