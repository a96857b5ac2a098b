package dev.squall.tresnet.serve;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Chromium without a window, steered by its own protocol.
 *
 * @see <a href="https://chromedevtools.github.io/devtools-protocol/">the protocol</a>
 */
final class BrowserSession implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int SECONDS = 60;

    private final Process process;
    private final HttpClient client = HttpClient.newHttpClient();
    private final WebSocket socket;
    private final BlockingQueue<JsonNode> messages = new LinkedBlockingQueue<>();
    private int calls;

    /** Shows {@code address} on a screen of {@code width} points. */
    BrowserSession(Path program, Path profile, URI address, int width, int height) throws Exception {
        process = new ProcessBuilder(
                        program.toString(),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-background-networking",
                        "--hide-scrollbars",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        "about:blank")
                .redirectErrorStream(true)
                .redirectOutput(
                        profile.resolveSibling(profile.getFileName() + ".log").toFile())
                .start();
        Path ports = profile.resolve("DevToolsActivePort");
        for (int i = 0;
                i < 20 * SECONDS
                        && (!Files.exists(ports) || Files.readAllLines(ports).size() < 2);
                i++) {
            Thread.sleep(50);
        }
        String port = Files.readAllLines(ports).getFirst();
        socket = client.newWebSocketBuilder()
                .buildAsync(URI.create(pageAt(port)), new Listener())
                .get(SECONDS, TimeUnit.SECONDS);
        call(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
        call("Page.navigate", Map.of("url", address.toString()));
        until("document.readyState === 'complete' && location.href !== 'about:blank'");
    }

    private String pageAt(String port) throws Exception {
        for (int i = 0; i < 20 * SECONDS; i++) {
            HttpResponse<String> pages = client.send(
                    java.net.http.HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json/list"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            for (JsonNode page : JSON.readTree(pages.body())) {
                if (page.path("type").asString().equals("page")) {
                    return page.path("webSocketDebuggerUrl").asString();
                }
            }
            Thread.sleep(50);
        }
        throw new IOException("Chromium has no page");
    }

    /** Puts the parts of messages together. */
    private final class Listener implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                messages.add(JSON.readTree(text.toString()));
                text.setLength(0);
            }
            webSocket.request(1);
            return null;
        }
    }

    private JsonNode call(String method, Map<String, ?> parameters) throws Exception {
        int id = ++calls;
        socket.sendText(JSON.writeValueAsString(Map.of("id", id, "method", method, "params", parameters)), true)
                .get(SECONDS, TimeUnit.SECONDS);
        while (true) {
            JsonNode message = messages.poll(SECONDS, TimeUnit.SECONDS);
            if (message == null) {
                throw new IOException("Chromium does not answer " + method);
            }
            if (message.path("id").asInt() == id) {
                if (message.has("error")) {
                    throw new IOException(method + ": " + message.path("error"));
                }
                return message.path("result");
            }
        }
    }

    /** The value of a JavaScript expression. */
    JsonNode value(String expression) throws Exception {
        return call("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true))
                .path("result")
                .path("value");
    }

    /** Waits until it is true. */
    void until(String expression) throws Exception {
        for (int i = 0; i < 20 * SECONDS; i++) {
            if (value(expression).asBoolean()) {
                return;
            }
            Thread.sleep(50);
        }
        throw new IOException("it never becomes true that " + expression);
    }

    /** Chooses a file in an input, as a user does. */
    void choose(String input, Path file) throws Exception {
        int document =
                call("DOM.getDocument", Map.of()).path("root").path("nodeId").asInt();
        int node = call("DOM.querySelector", Map.of("nodeId", document, "selector", input))
                .path("nodeId")
                .asInt();
        call("DOM.setFileInputFiles", Map.of("nodeId", node, "files", List.of(file.toString())));
    }

    /** Writes a PNG of all that is on the screen. */
    void screenshot(Path file) throws Exception {
        String png = call("Page.captureScreenshot", Map.of("format", "png"))
                .path("data")
                .asString();
        Files.write(file, Base64.getDecoder().decode(png));
    }

    @Override
    public void close() throws Exception {
        // Asked so, it takes its files away.
        call("Browser.close", Map.of());
        socket.abort();
        client.shutdownNow();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }
}
