package dev.squall.tresnet.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.squall.tresnet.serve.Service.Reply;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Many clients at once, every other of whose requests is bad: of a wrong type, too large, truncated, sent slowly, or dropped. Prints how long answers
 * took. {@code -Dserve.requests=1000 -Dserve.clients=32} is the full one; the default is a short one.
 */
@Tag("fast")
class LoadTest {
    private static final int REQUESTS = Integer.getInteger("serve.requests", 160);
    private static final int CLIENTS = Integer.getInteger("serve.clients", 16);
    private static final String JPEG = "image/jpeg";
    private static final int KINDS = 24;

    @TempDir
    private static Path directory;

    private final List<byte[]> pictures = new ArrayList<>();
    private final List<JsonNode> expected = new ArrayList<>();

    @Test
    void everyGoodRequestIsAnsweredRightWhateverTheOthersDo() throws Exception {
        ServerOptions options = new ServerOptions(
                "127.0.0.1", 0, 8, Duration.ofMillis(5), 256, 200_000, 1_000_000, Duration.ofSeconds(3));
        try (Service service = Service.start(Service.writeWeights(directory), options)) {
            for (int i = 0; i < KINDS; i++) {
                pictures.add(Service.picture(i % 3 == 0 ? "png" : "jpeg", i, 100 + 7 * i, 90));
                expected.add(classes(service.post("", JPEG, pictures.get(i))));
            }
            List<Double> alone = new ArrayList<>();
            for (int i = 0; i < REQUESTS / 4; i++) {
                alone.add(good(service, i));
            }
            // Twice, so that what the first round leaves behind shows as growth in the second.
            Round first = round(service);
            long before = heldBytes(service);
            Round second = round(service);
            long after = heldBytes(service);

            assertThat(first.problems).isEmpty();
            assertThat(second.problems).isEmpty();
            assertThat(second.seconds).hasSize(REQUESTS / 2);
            assertThat(after - before)
                    .as("bytes of heap and backend that a round leaves behind")
                    .isLessThan(8 << 20);
            String metrics = new String(service.get("metrics").response().body(), UTF_8);
            assertThat(metrics).contains("tresnet_queue_images 0.0", "tresnet_requests_bytes 0.0");
            print(alone, second.seconds, after - before);
        }
    }

    /** How long good requests took, and what went wrong. */
    private record Round(List<Double> seconds, List<String> problems) {}

    private Round round(Service service) throws Exception {
        Queue<Double> seconds = new ConcurrentLinkedQueue<>();
        Queue<String> problems = new ConcurrentLinkedQueue<>();
        AtomicInteger next = new AtomicInteger();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int client = 0; client < CLIENTS; client++) {
                all.add(clients.submit(() -> {
                    for (int i = next.getAndIncrement(); i < REQUESTS; i = next.getAndIncrement()) {
                        try {
                            if (i % 2 == 0) {
                                seconds.add(good(service, i / 2));
                            } else {
                                bad(service, i / 2);
                            }
                        } catch (Throwable e) {
                            problems.add("request " + i + ": " + e);
                        }
                    }
                }));
            }
            for (Future<?> client : all) {
                client.get();
            }
        }
        return new Round(List.copyOf(seconds), List.copyOf(problems));
    }

    /** Requires the right answer; returns how long it took. */
    private double good(Service service, int number) throws Exception {
        long began = System.nanoTime();
        Reply reply = service.post("", JPEG, pictures.get(number % KINDS));
        double seconds = (System.nanoTime() - began) * 1e-9;
        assertThat(reply.status())
                .as(new String(reply.response().body(), UTF_8))
                .isEqualTo(200);
        JsonNode classes = classes(reply);
        JsonNode right = expected.get(number % KINDS);
        for (int i = 0; i < right.size(); i++) {
            // By the class, because two that are equally probable may change places.
            int label = right.get(i).path("label").asInt();
            double probability = classes.valueStream()
                    .filter(guess -> guess.path("label").asInt() == label)
                    .mapToDouble(guess -> guess.path("probability").asDouble())
                    .findFirst()
                    .orElse(0);
            assertThat(probability).isCloseTo(right.get(i).path("probability").asDouble(), within(1e-4));
        }
        return seconds;
    }

    private static JsonNode classes(Reply reply) {
        return reply.json().path("images").path(0).path("classes");
    }

    private void bad(Service service, int number) throws Exception {
        byte[] picture = pictures.get(number % KINDS);
        String head = "POST /v1/classify HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nContent-Length: "
                + picture.length + "\r\n\r\n";
        int port = service.address().getPort();
        switch (number % 6) {
            case 0 ->
                assertThat(service.post("", "text/plain", picture).status()).isEqualTo(415);
            case 1 ->
                assertThat(service.post("", JPEG, new byte[250_000]).status()).isEqualTo(413);
            case 2 ->
                assertThat(service.post("", JPEG, Arrays.copyOf(picture, picture.length / 2))
                                .status())
                        .isEqualTo(422);
            case 3 -> {
                try (Socket dropped = new Socket("127.0.0.1", port)) {
                    dropped.getOutputStream().write(head.getBytes(UTF_8));
                    dropped.getOutputStream().write(picture, 0, picture.length / 2);
                }
            }
            case 4 -> {
                // Sent in whole, but gone before the answer.
                try (Socket gone = new Socket("127.0.0.1", port)) {
                    gone.getOutputStream().write(head.getBytes(UTF_8));
                    gone.getOutputStream().write(picture);
                    gone.setSoLinger(true, 0);
                }
            }
            default -> {
                try (Socket slow = new Socket("127.0.0.1", port)) {
                    slow.getOutputStream().write(head.getBytes(UTF_8));
                    slow.getOutputStream().write(picture, 0, 10);
                    InputStream in = slow.getInputStream();
                    assertThat(new String(in.readNBytes(12), UTF_8)).isEqualTo("HTTP/1.1 408");
                }
            }
        }
    }

    private static long heldBytes(Service service) throws InterruptedException {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(50);
            Runtime runtime = Runtime.getRuntime();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least + service.classifier().backend().liveBytes();
    }

    private static void print(List<Double> alone, List<Double> loaded, long growth) {
        System.out.printf(
                Locale.ROOT,
                "%n%d requests of %d clients, half of them bad; milliseconds of the good ones, %.1f KiB left behind%n",
                REQUESTS,
                CLIENTS,
                growth / 1024.0);
        System.out.printf("%-22s %8s %8s %8s%n", "", "p50", "p95", "p99");
        print("one at a time", alone);
        print(CLIENTS + " clients", loaded);
    }

    private static void print(String name, List<Double> seconds) {
        double[] sorted =
                seconds.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        System.out.printf(
                Locale.ROOT,
                "%-22s %8.2f %8.2f %8.2f%n",
                name,
                percentile(sorted, 0.5),
                percentile(sorted, 0.95),
                percentile(sorted, 0.99));
    }

    private static double percentile(double[] sorted, double part) {
        return 1e3 * sorted[(int) Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
    }
}
