package dev.squall.tresnet.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.error.BadInputException;
import dev.squall.tresnet.serve.Service.Reply;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the service answers to requests that it cannot answer; it goes on after each. */
@Tag("fast")
class RefusalsTest {
    private static final String PNG = "image/png";
    private static final String POST = "POST /v1/classify HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n";

    @TempDir
    private static Path directory;

    private static Path weights;
    private static Service service;

    @BeforeAll
    static void start() {
        weights = Service.writeWeights(directory);
        service = Service.start(weights, Service.OPTIONS);
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    @AfterEach
    void stillAnswers() throws Exception {
        assertThat(service.post("", PNG, Service.picture("png", 1, 40, 30)).status())
                .isEqualTo(200);
    }

    /** With other limits than usual. */
    private static Service with(int batch, int delayMillis, int queue, int timeoutMillis) {
        return Service.start(
                weights,
                new ServerOptions(
                        "127.0.0.1",
                        0,
                        batch,
                        Duration.ofMillis(delayMillis),
                        queue,
                        200_000,
                        1_000_000,
                        Duration.ofMillis(timeoutMillis)));
    }

    private static void assertRefused(Reply reply, int status, String... words) {
        assertThat(reply.status())
                .as(new String(reply.response().body(), UTF_8))
                .isEqualTo(status);
        assertThat(reply.response().headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(reply.json().path("status").asInt()).isEqualTo(status);
        assertThat(reply.detail()).contains(words).hasLineCount(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"text/plain", "application/x-www-form-urlencoded", "application/xml", "nonsense", "video/mp4"})
    void aBodyOfAnotherType(String type) throws Exception {
        Reply reply = service.post("", type, Service.picture("png", 1, 40, 30));

        assertRefused(reply, 415, "'" + type + "'", "multipart/form-data");
        assertThat(reply.response().headers().firstValue("Accept")).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "%PDF-1.4 and more",
                "<html><body>",
                "PK\u0003\u0004",
                "hello",
                "\u0000\u0000\u0000\u0018ftypheic"
            })
    void aFileThatIsNoPicture(String file) throws Exception {
        assertRefused(service.post("", "image/jpeg", file.getBytes(UTF_8)), 415, "the picture is ", "JPEG");
    }

    @Test
    void aPackedBody() throws Exception {
        try (Socket socket = raw(service, POST + "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc")) {
            assertThat(firstLine(socket)).contains(" 415 ");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {30, 200, 700})
    void aTruncatedPicture(int bytes) throws Exception {
        byte[] whole = Service.picture("jpeg", 1, 200, 150);
        assertRefused(service.post("", "image/jpeg", Arrays.copyOf(whole, bytes)), 422, "damaged", "truncated");
    }

    @Test
    void tooManyPixels() throws Exception {
        assertRefused(
                service.post("", PNG, Service.picture("png", 1, 1001, 1000)), 422, "1001 x 1000 pixels", "1000000");
    }

    @Test
    void aFewBytesThatClaimAHugePicture() throws Exception {
        byte[] png = Service.picture("png", 1, 10, 10);
        // Width and height lie behind the signature and the name of the first chunk, whose checksum follows.
        Arrays.fill(png, 16, 24, (byte) 0x7f);
        CRC32 checksum = new CRC32();
        checksum.update(png, 12, 17);
        for (int i = 0; i < 4; i++) {
            png[29 + i] = (byte) (checksum.getValue() >> (24 - 8 * i));
        }
        assertRefused(service.post("", PNG, png), 422, "pixels");
    }

    @Test
    void noPicture() throws Exception {
        assertRefused(service.post("", PNG, new byte[0]), 400, "no picture");
        assertRefused(service.post("", "application/json", "[]".getBytes(UTF_8)), 400, "no picture");
        assertRefused(service.post("", "multipart/form-data; boundary=b", Service.form("b", List.of())), 400, "");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{}", "[1]", "[[\"\"]]", "\"iVBO\"", "[\"iVBO\"", "[\"*\"]", "", "[\"iVBO\"] 1", "nonsense"})
    void malformedJson(String json) throws Exception {
        assertRefused(service.post("", "application/json", json.getBytes(UTF_8)), 400, "base64");
    }

    @ParameterizedTest
    @CsvSource({
        "multipart/form-data, --b",
        "multipart/form-data; boundary=b, nonsense",
        "multipart/form-data; boundary=b, --b"
    })
    void malformedForm(String type, String body) throws Exception {
        assertRefused(service.post("", type, body.getBytes(UTF_8)), 400, "form is malformed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"top=0", "top=-1", "top=x", "top=99999999999", "explain=perhaps"})
    void anOptionThatCannotBeMeant(String query) throws Exception {
        assertRefused(
                service.post("?" + query, PNG, Service.picture("png", 1, 40, 30)), 400, query.replaceFirst("=.*", ""));
    }

    @Test
    void oneBadPictureAmongGoodOnesIsNamed() throws Exception {
        byte[] good = Service.picture("jpeg", 1, 100, 100);
        byte[] form = Service.form("b", List.of(good, Arrays.copyOf(good, 300), good));

        assertRefused(service.post("", "multipart/form-data; boundary=b", form), 422, "1.jpg is a damaged image");
    }

    @Test
    void aBodyThatIsTooLong() throws Exception {
        byte[] body = new byte[200_001];
        assertRefused(service.post("", PNG, body), 413, "200000 bytes");
        // Without saying its length before.
        assertRefused(
                service.send(
                        "POST", "v1/classify", PNG, BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body))),
                413,
                "200000 bytes");
    }

    /** The answer does not wait for a body that does not come, nor for the end of one that has none. */
    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 99999999999999", "Content-Length: 200001"})
    void aBodyThatWouldBeTooLong(String header) throws Exception {
        try (Socket socket = raw(service, POST + header + "\r\n\r\nabc")) {
            assertThat(firstLine(socket)).contains(" 413 ");
        }
    }

    @Test
    void tooManyPicturesInOneRequest() throws Exception {
        String one = Base64.getEncoder().encodeToString(Service.picture("png", 1, 4, 4));
        String json = Collections.nCopies(65, "\"" + one + "\"").stream().collect(Collectors.joining(",", "[", "]"));
        assertRefused(service.post("", "application/json", json.getBytes(UTF_8)), 413, "65 pictures", "64");
        byte[] form = Service.form("b", Collections.nCopies(150, Service.picture("png", 1, 4, 4)));
        assertRefused(service.post("", "multipart/form-data; boundary=b", form), 413, "150 pictures", "64");
    }

    @ParameterizedTest
    @ValueSource(strings = {"health", "ready", "metrics", "", "page.css", "openapi.json"})
    void aHeadIsThatOfTheAnswer(String path) throws Exception {
        Reply head = service.send("HEAD", path, null, BodyPublishers.noBody());
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.response().body()).isEmpty();
        assertThat(head.response().headers().firstValue("Content-Type"))
                .isEqualTo(service.get(path).response().headers().firstValue("Content-Type"));
    }

    /** What never comes as far as an address. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /%c0%ae HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /\\ HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET / HTTP/1.1\r\n\r\n",
                "GET http://elsewhere/ HTTP/1.1\r\nHost: x\r\n\r\n",
                POST + "Content-Length: -1\r\n\r\n",
                POST + "Expect: a-miracle\r\nContent-Length: 1\r\n\r\n"
            })
    void aMalformedRequestIsRefusedAsOthersAre(String request) throws Exception {
        try (Socket socket = raw(service, request)) {
            StringBuilder reply = new StringBuilder(firstLine(socket));
            while (!reply.toString().endsWith("\"}")) {
                int c = socket.getInputStream().read();
                assertThat(c).as(reply.toString()).isNotNegative();
                reply.append((char) c);
            }
            assertThat(reply.toString())
                    .startsWith("HTTP/1.1 4")
                    .contains("application/problem+json", "nosniff", "cannot be understood as one of HTTP");
        }
    }

    @Test
    void otherAddressesAndMethods() throws Exception {
        assertRefused(service.get("nothing"), 404, "/openapi.json");
        assertRefused(service.get("v1/classify"), 405, "GET");
        assertRefused(service.send("DELETE", "health", null, BodyPublishers.noBody()), 405, "DELETE");
    }

    @Test
    void asManyWaitAsMay() throws Exception {
        byte[] picture = Service.picture("png", 1, 40, 30);
        try (Service small = with(64, 500, 3, 20_000)) {
            List<Reply> replies = together(8, () -> small.post("", PNG, picture));

            assertThat(replies).filteredOn(reply -> reply.status() == 200).hasSizeBetween(3, 7);
            assertThat(replies).filteredOn(reply -> reply.status() != 200).allSatisfy(reply -> {
                assertRefused(reply, 429, "(3)");
                assertThat(reply.response().headers().firstValue("Retry-After")).contains("1");
            });
        }
    }

    @Test
    void anAnswerThatComesTooLate() throws Exception {
        byte[] picture = Service.picture("png", 1, 40, 30);
        try (Service late = with(2, 1000, 3, 300)) {
            assertRefused(late.post("", PNG, picture), 503, "not there within");
        }
    }

    @Test
    void slowSendersAreCutOffAndHoldNobody() throws Exception {
        try (Service service = with(8, 5, 64, 1500)) {
            List<Socket> slow = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                slow.add(raw(service, POST + "Content-Length: 1000\r\n\r\nabc"));
            }
            Socket header = raw(service, POST + "X-Never: e");
            Thread drips = Thread.startVirtualThread(() -> drip(slow.getFirst(), header));
            assertThat(service.post("", PNG, Service.picture("png", 1, 40, 30)).status())
                    .isEqualTo(200);

            for (Socket socket : slow) {
                assertThat(firstLine(socket)).contains(" 408 ");
                socket.close();
            }
            // It never got as far as a request, to which there could be an answer.
            assertThat(header.getInputStream().read()).isEqualTo(-1);
            header.close();
            drips.join();
        }
    }

    /** Sends a byte every now and then, so that neither connection is ever quite idle. */
    private static void drip(Socket... sockets) {
        try {
            for (int i = 0; i < 1000; i++) {
                for (Socket socket : sockets) {
                    socket.getOutputStream().write('e');
                    socket.getOutputStream().flush();
                }
                Thread.sleep(200);
            }
        } catch (Exception e) {
            // The other side has had enough.
        }
    }

    @Test
    void droppedConnections() throws Exception {
        for (int i = 0; i < 50; i++) {
            raw(service, POST + "Content-Length: 1000\r\n\r\nabc").close();
            Socket whole = raw(service, POST + "Content-Length: 5\r\n\r\nabcde");
            whole.setSoLinger(true, 0);
            whole.close();
            raw(service, "nonsense\r\n\r\n").close();
        }
    }

    @Test
    void aPortThatIsTaken() {
        int port = service.address().getPort();
        ServerOptions same =
                new ServerOptions("127.0.0.1", port, 8, Duration.ZERO, 64, 200_000, 1_000_000, Duration.ofSeconds(20));
        assertThatThrownBy(() -> Service.start(weights, same))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("port " + port)
                .hasMessageContaining("--port 0");
        ServerOptions nowhere = new ServerOptions(
                "no.such.host.invalid", 0, 8, Duration.ZERO, 64, 200_000, 1_000_000, Duration.ofSeconds(20));
        assertThatThrownBy(() -> Service.start(weights, nowhere))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("no.such.host.invalid");
    }

    @Test
    void whatWasAskedBeforeTheEndIsAnswered() throws Exception {
        byte[] picture = Service.picture("png", 1, 40, 30);
        try (Service ending = with(64, 700, 64, 20_000);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Reply>> before = IntStream.range(0, 5)
                    .mapToObj(i -> threads.submit(() -> ending.post("", PNG, picture)))
                    .toList();
            while (!new String(ending.get("metrics").response().body(), UTF_8).contains("tresnet_queue_images 5.0")) {
                Thread.sleep(10);
            }
            Future<?> end = threads.submit(() -> ending.server().close());
            Reply after = ending.post("", PNG, picture);
            assertRefused(after, 503, "is ending");
            assertThat(ending.send("HEAD", "ready", null, BodyPublishers.noBody())
                            .status())
                    .isEqualTo(503);
            for (Future<Reply> reply : before) {
                assertThat(reply.get().status()).isEqualTo(200);
            }
            end.get();
        }
    }

    private static <T> List<T> together(int count, Callable<T> task) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<T> results = new ArrayList<>();
            for (Future<T> each : threads.invokeAll(Collections.nCopies(count, task))) {
                results.add(each.get());
            }
            return results;
        }
    }

    private static Socket raw(Service service, String text) throws Exception {
        Socket socket = new Socket("127.0.0.1", service.address().getPort());
        socket.setSoTimeout(20_000);
        OutputStream out = socket.getOutputStream();
        out.write(text.getBytes(UTF_8));
        out.flush();
        return socket;
    }

    private static String firstLine(Socket socket) throws Exception {
        InputStream in = socket.getInputStream();
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\r'; c = in.read()) {
            line.append((char) c);
        }
        return line.toString();
    }
}
