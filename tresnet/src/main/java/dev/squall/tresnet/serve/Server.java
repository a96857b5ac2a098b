package dev.squall.tresnet.serve;

import dev.squall.error.BadInputException;
import dev.squall.tresnet.Classifier;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HttpResponseException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * A network that answers over HTTP, until it is closed:
 *
 * <pre>
 * POST /v1/classify   what pictures show, in JSON
 * GET  /              a page to drop a picture on
 * GET  /health        whether it works; /ready: whether it takes requests now
 * GET  /metrics       counts and times for Prometheus
 * GET  /openapi.json  all of this for programs
 * </pre>
 */
public final class Server implements AutoCloseable {
    static final String CLASSIFY = "/v1/classify";

    private static final Logger LOG = LoggerFactory.getLogger(Server.class);
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String PROBLEM = "application/problem+json";
    private static final String BEGAN = "squall.began";
    private static final int USUAL_CLASSES = 5;
    private static final Duration LOOK = Duration.ofMillis(20);

    /** Of the Java heap, that bodies and images of requests may take together. */
    private static final double MEMORY_SHARE = 0.4;

    /** Of an answer, so that a browser does no more with it than is meant. */
    private static final Map<String, String> HEADERS = Map.of(
            "X-Content-Type-Options", "nosniff",
            "Content-Security-Policy",
                    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self';"
                            + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "Referrer-Policy", "no-referrer");

    /** The files of the page, and what they are. */
    private static final Map<String, String> PAGE = Map.of(
            "/", "text/html; charset=utf-8",
            "/page.css", "text/css; charset=utf-8",
            "/page.js", "text/javascript; charset=utf-8",
            "/openapi.json", "application/json");

    private final ServerOptions options;
    private final Classifier classifier;
    private final Meters meters = new Meters();
    private final Batcher batcher;
    private final Classification classification;
    private final Connections connections;
    private final Javalin javalin;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("squall-clock").factory());
    private volatile boolean draining;

    private Server(Classifier classifier, ServerOptions options) {
        this.options = options;
        this.classifier = classifier;
        connections = new Connections(options.timeout());
        MemoryBudget memory =
                new MemoryBudget((long) (MEMORY_SHARE * Runtime.getRuntime().maxMemory()));
        batcher = new Batcher(classifier, options, meters);
        classification = new Classification(classifier, options, batcher, memory, meters);
        meters.gauge(
                "tresnet.queue.images", "Images in work, from their decoding to their answer", classification::inWork);
        meters.gauge("tresnet.requests.active", "Requests under way", connections::requests);
        meters.gauge("tresnet.connections", "Connections that are open", connections::count);
        meters.gauge("tresnet.requests.bytes", "Bytes that requests hold", memory::used);
        meters.gauge("tresnet.ready", "1 if requests are taken", () -> isReady() ? 1 : 0);
        javalin = Javalin.create(this::configure);
    }

    /**
     * Begins to listen. The network belongs to the server until that is closed, and must not be used by others.
     *
     * @throws BadInputException if the host or the port cannot be had
     */
    public static Server start(Classifier classifier, ServerOptions options) {
        InetSocketAddress address = new InetSocketAddress(options.host(), options.port());
        if (address.isUnresolved()) {
            throw new BadInputException(
                    "there is no host " + options.host() + "; choose one of this machine's, such as 127.0.0.1");
        }
        Server server = new Server(classifier, options);
        try {
            server.javalin.start();
        } catch (RuntimeException e) {
            server.stop();
            throw new BadInputException(
                    "port " + options.port() + " of " + options.host() + " cannot be had (" + reason(e)
                            + "); choose another with --port, or --port 0 for any that is free",
                    e);
        }
        long period = Math.max(1, options.timeout().toMillis() / 4);
        server.clock.scheduleWithFixedDelay(server.connections::closeIdle, period, period, TimeUnit.MILLISECONDS);
        return server;
    }

    private static String reason(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return Text.quotable(String.valueOf(cause.getMessage()));
    }

    private void configure(JavalinConfig config) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
        config.http.prefer405over404 = true;
        QueuedThreadPool threads = new QueuedThreadPool();
        threads.setName("squall-http");
        // A request whose sender is slow waits on a thread of its own, which costs next to nothing.
        threads.setVirtualThreadsExecutor(VirtualThreads.getDefaultVirtualThreadsExecutor());
        config.jetty.threadPool = threads;
        config.router.javaLangErrorHandler((response, error) -> {
            LOG.error("a request could not be answered", error);
            response.setStatus(Status.FAULT);
        });
        config.jetty.modifyServer(server -> {
            server.insertHandler(connections);
            server.setStopTimeout(0);
            server.setErrorHandler(Server::refuseMalformed);
        });
        config.jetty.modifyServletContextHandler(handler -> handler.setErrorHandler(Server::refuseMalformed));
        config.jetty.modifyHttpConfiguration(http -> {
            http.setSendServerVersion(false);
            http.setSendXPoweredBy(false);
        });
        config.jetty.addConnector(this::connector);
        config.routes.before(context -> {
            context.attribute(BEGAN, System.nanoTime());
            HEADERS.forEach(context::header);
        });
        config.routes.after(this::count);
        config.routes.post(CLASSIFY, this::classify);
        get(
                config,
                "/health",
                context -> state(context, batcher.isAlive() || draining, "works", "computes nothing any more"));
        get(
                config,
                "/ready",
                context -> state(context, isReady(), "ready", draining ? "is ending" : "is not ready yet"));
        get(
                config,
                "/metrics",
                context -> context.contentType("text/plain; version=0.0.4; charset=utf-8")
                        .result(meters.text()));
        PAGE.forEach((path, type) -> {
            byte[] file = resource(path.equals("/") ? "/page.html" : path);
            get(config, path, context -> context.contentType(type).result(file));
        });
        config.routes.exception(Refusal.class, (refusal, context) -> refuse(context, refusal));
        config.routes.exception(HttpResponseException.class, (e, context) -> {
            e.getDetails().forEach((key, value) -> context.header("Allow", value));
            problem(
                    context,
                    e.getStatus(),
                    e.getStatus() == 405
                            ? "this address is not for " + context.method()
                            : "there is nothing at this address; the page at / and /openapi.json say what there is");
        });
        config.routes.exception(Exception.class, (e, context) -> {
            LOG.error("a request could not be answered", e);
            problem(context, Status.FAULT, "this is a fault of the program, of which its log says more");
        });
    }

    /** HEAD too, by which some ask whether a service is ready: by itself, Javalin would say yes to it always. */
    private static void get(JavalinConfig config, String path, Handler handler) {
        config.routes.get(path, handler);
        config.routes.head(path, handler);
    }

    /** Answers what Jetty does not take for a request, so that it never comes as far as a route. */
    private static boolean refuseMalformed(Request request, Response response, Callback callback) {
        Object reason = request.getAttribute(ErrorHandler.ERROR_MESSAGE);
        String detail = "the request cannot be understood as one of HTTP"
                + (reason == null ? "" : " (" + Text.quotable(reason.toString()) + ")");
        HEADERS.forEach(response.getHeaders()::put);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, PROBLEM);
        response.write(true, ByteBuffer.wrap(problem(response.getStatus(), detail)), callback);
        return true;
    }

    private ServerConnector connector(org.eclipse.jetty.server.Server server, HttpConfiguration http) {
        ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
        connector.setHost(options.host());
        connector.setPort(options.port());
        connector.setIdleTimeout(options.timeout().toMillis());
        connector.addBean(connections);
        return connector;
    }

    private static byte[] resource(String name) {
        try (InputStream in = Objects.requireNonNull(Server.class.getResourceAsStream(name.substring(1)), name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void classify(Context context) throws Exception {
        if (draining) {
            throw new Refusal(Status.UNAVAILABLE, "the server is ending; ask another");
        }
        int classes = classifier.card().classNames().size();
        int top = top(context.queryParam("top"), classes);
        boolean explained = isYes("explain", context.queryParam("explain"));
        Answer answer = classification.answer(context.req(), top, explained);
        context.contentType("application/json").result(JSON.writeValueAsBytes(answer));
    }

    private static int top(@Nullable String text, int classes) {
        if (text == null) {
            return Math.min(USUAL_CLASSES, classes);
        }
        if (!text.matches("\\d{1,9}") || Integer.parseInt(text) < 1) {
            throw new Refusal(
                    Status.BAD_REQUEST, "top must be a number of classes from 1, not '" + Text.quotable(text) + "'");
        }
        return Math.min(Integer.parseInt(text), classes);
    }

    private static boolean isYes(String name, @Nullable String text) {
        String word = text == null ? "false" : text;
        return switch (word) {
            case "", "true", "1" -> true;
            case "false", "0" -> false;
            default ->
                throw new Refusal(
                        Status.BAD_REQUEST, name + " must be true or false, not '" + Text.quotable(word) + "'");
        };
    }

    private static void state(Context context, boolean fine, String whenFine, String otherwise) {
        context.status(fine ? 200 : Status.UNAVAILABLE)
                .contentType("application/json")
                .result(JSON.writeValueAsBytes(Map.of("status", fine ? whenFine : otherwise)));
    }

    private static void refuse(Context context, Refusal refusal) {
        if (refusal.isTemporary()) {
            context.header("Retry-After", "1");
        }
        switch (refusal.status()) {
            case Status.UNSUPPORTED_TYPE -> context.header("Accept", SentImage.TAKEN);
            // The rest of the body is still to come.
            case Status.TOO_SLOW, Status.TOO_LARGE -> context.header("Connection", "close");
            default -> {}
        }
        problem(context, refusal.status(), String.valueOf(refusal.getMessage()));
    }

    /** As RFC 9457 describes problems. */
    private static void problem(Context context, int status, String detail) {
        context.status(status).contentType(PROBLEM).result(problem(status, detail));
    }

    private static byte[] problem(int status, String detail) {
        Map<String, Object> problem = new LinkedHashMap<>();
        problem.put("title", Status.title(status));
        problem.put("status", status);
        problem.put("detail", detail);
        return JSON.writeValueAsBytes(problem);
    }

    private void count(Context context) {
        Long began = context.attribute(BEGAN);
        String path = context.path();
        boolean known =
                path.equals(CLASSIFY) || path.equals("/health") || path.equals("/ready") || path.equals("/metrics");
        meters.answered(
                known ? path : PAGE.containsKey(path) ? "page" : "other",
                context.statusCode(),
                began == null ? 0 : System.nanoTime() - began);
    }

    private boolean isReady() {
        return batcher.warm().isDone() && !batcher.warm().isCompletedExceptionally() && batcher.isAlive() && !draining;
    }

    /** Waits until the network has computed its first batch, so that requests meet compiled code. */
    public void awaitReady() {
        batcher.warm().join();
    }

    /** Where it listens, with the port that was found if any was asked for. */
    public URI address() {
        String host = options.host().contains(":") ? "[" + options.host() + "]" : options.host();
        return URI.create("http://" + host + ":" + javalin.port() + "/");
    }

    /** Takes no more pictures, answers what was asked before, and ends; the network stays open. */
    @Override
    public void close() {
        draining = true;
        long until = System.nanoTime() + 2 * options.timeout().toNanos();
        try {
            while (connections.requests() > 0 && System.nanoTime() - until < 0) {
                Thread.sleep(LOOK);
            }
        } catch (InterruptedException e) {
            // Whoever waits for the answers has to ask somebody else.
            Thread.currentThread().interrupt();
        }
        stop();
    }

    private void stop() {
        clock.shutdownNow();
        javalin.stop();
        classification.close();
        batcher.close();
        meters.close();
    }
}
