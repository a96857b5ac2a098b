package dev.squall.tresnet.serve;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** What is counted and timed while the service runs, for Prometheus. */
final class Meters implements AutoCloseable {
    private static final Duration[] STEPS = Stream.of(
                    1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000)
            .map(Duration::ofMillis)
            .toArray(Duration[]::new);

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics collector = new JvmGcMetrics();
    private final Counter images = Counter.builder("tresnet.images")
            .description("Images that were computed")
            .register(registry);
    private final DistributionSummary batches = DistributionSummary.builder("tresnet.batch.images")
            .description("Images that were computed at once")
            .serviceLevelObjectives(1, 2, 4, 8, 16, 32, 64, 128)
            .register(registry);
    private final Timer computing = timer("tresnet.compute", "Time of a batch in the network");
    private final Timer waiting = timer("tresnet.wait", "Time that an image waited for its batch");
    private final Timer decoding = timer("tresnet.decode", "Time to decode a picture and scale it");
    private volatile long backendBytes;

    Meters() {
        gauge("tresnet.backend.bytes", "Memory of the backend that is in use between two batches", () -> backendBytes);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        collector.bindTo(registry);
    }

    private Timer timer(String name, String description) {
        return Timer.builder(name)
                .description(description)
                .serviceLevelObjectives(STEPS)
                .register(registry);
    }

    /** A value that is asked for when somebody looks. */
    void gauge(String name, String description, Supplier<Number> value) {
        Gauge.builder(name, value).description(description).register(registry);
    }

    /** A request to {@code path}, one of those that there are, was answered. */
    void answered(String path, int status, long nanos) {
        Timer.builder("tresnet.requests")
                .description("Time from a request's first line to its answer")
                .tag("path", path)
                .tag("status", Integer.toString(status))
                .serviceLevelObjectives(STEPS)
                .register(registry)
                .record(Duration.ofNanos(nanos));
    }

    void computed(int count, long nanos, long bytesInUse) {
        images.increment(count);
        batches.record(count);
        computing.record(Duration.ofNanos(nanos));
        backendBytes = bytesInUse;
    }

    void waited(long nanos) {
        waiting.record(Duration.ofNanos(nanos));
    }

    void decoded(long nanos) {
        decoding.record(Duration.ofNanos(nanos));
    }

    /** All of it in Prometheus' text format. */
    String text() {
        return registry.scrape();
    }

    @Override
    public void close() {
        collector.close();
        registry.close();
    }
}
