package dev.squall.tresnet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.tresnet.cli.Checkout.Result;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** {@code tresnet serve} as a user or a service manager starts and ends it. */
@Tag("fast")
@DisabledOnOs(OS.WINDOWS)
class ServeProgramTest {
    private static final Pattern ADDRESS = Pattern.compile("http://\\S+");

    @TempDir
    private static Path directory;

    private static Path launcher;

    @BeforeAll
    static void build() throws IOException {
        launcher = new Checkout(directory.resolve("checkout")).launcher();
        Checkout.writeWeightsAndPicture(directory);
    }

    @Test
    void askedToEndItAnswersWhatItWasAskedAndTakesNoMore() throws Exception {
        Process process = Checkout.start(
                directory,
                launcher,
                "exec \"$T\" serve --backend jvm --weights weights.safetensors --port 0 --delay-ms 1500");
        URI address = address(process);
        try (HttpClient client = HttpClient.newHttpClient()) {
            // The first may wait for the network's first batch; the second is the one that waits for others.
            assertThat(classify(client, address).join().statusCode()).isEqualTo(200);
            CompletableFuture<HttpResponse<String>> waiting = classify(client, address);
            until(client, address, "tresnet_queue_images 1.0");
            new ProcessBuilder("kill", "-TERM", Long.toString(process.pid()))
                    .start()
                    .waitFor();

            HttpResponse<String> answer = waiting.join();
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(answer.body()).contains("\"probability\":");
        }
        Result result = Checkout.wait(process, directory);
        assertThat(result.exitCode()).as(result.err()).isEqualTo(143);
        assertThat(result.err())
                .contains("taking no more")
                .doesNotContain("Exception")
                .doesNotContain("WARN");
        assertThat(result.out()).contains("tresnet_tiny for 10 classes on http://127.0.0.1:");
    }

    private static URI address(Process process) throws Exception {
        for (int i = 0; i < 1200 && process.isAlive(); i++) {
            Matcher matcher = ADDRESS.matcher(Files.readString(directory.resolve("stdout")));
            if (matcher.find()) {
                return URI.create(matcher.group());
            }
            Thread.sleep(50);
        }
        throw new AssertionError("it does not listen: " + Files.readString(directory.resolve("stderr")));
    }

    private static CompletableFuture<HttpResponse<String>> classify(HttpClient client, URI address) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(address.resolve("v1/classify"))
                .header("Content-Type", "image/png")
                .POST(HttpRequest.BodyPublishers.ofFile(directory.resolve("picture.png")))
                .build();
        return client.sendAsync(request, HttpResponse.BodyHandlers.ofString());
    }

    private static void until(HttpClient client, URI address, String words) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(address.resolve("metrics")).build();
        for (int i = 0; i < 200; i++) {
            if (client.send(request, HttpResponse.BodyHandlers.ofString())
                    .body()
                    .contains(words)) {
                return;
            }
            Thread.sleep(5);
        }
        throw new AssertionError("never " + words);
    }

    /** Nobody else waits for its libraries to be loaded. */
    @Test
    void otherCommandsLoadNoWebServer() throws Exception {
        for (String command : new String[] {"--help", "summary --model tresnet_tiny --measure --backend jvm"}) {
            Result result = Checkout.shell(
                    directory, launcher, "TRESNET_JAVA_OPTS=-Xlog:class+load:file=loaded.txt \"$T\" " + command);

            assertThat(result.exitCode()).as(result.err()).isZero();
            try (Stream<String> lines = Files.lines(directory.resolve("loaded.txt"))) {
                assertThat(lines.filter(line -> line.contains("io.javalin")
                                || line.contains("org.eclipse.jetty")
                                || line.contains("io.micrometer")
                                || line.contains("jakarta.servlet")
                                || line.contains("kotlin.")))
                        .as(command)
                        .isEmpty();
            }
        }
    }

    @Test
    void whatCannotBeMeantIsASentence() {
        String[][] wrong = {
            {"--port", "65536", "--port must be at most 65535"},
            {"--batch", "0", "--batch must be at least 1"},
            {"--queue", "0", "--queue must be at least 1"},
            {"--max-body", "2GB", "--max-body must be from 1KB to 1GB"},
            {"--max-body", "much", "takes a size"},
            {"--max-megapixels", "101", "at most 100"},
            {"--timeout", "0", "--timeout must be at least 1"},
            {"--delay-ms", "-1", "--delay-ms must be at least 0"},
            {"--host", "no.such.host.invalid", "there is no host no.such.host.invalid"},
        };
        for (String[] option : wrong) {
            CommandLineFixture.Result result = CommandLineFixture.tresnet(
                    "serve",
                    "--backend",
                    "jvm",
                    "--weights",
                    directory.resolve("weights.safetensors"),
                    option[0],
                    option[1]);
            assertThat(result.exitCode()).as(option[0]).isEqualTo(2);
            assertThat(result.err()).contains(option[2]).hasLineCount(1);
        }
    }
}
