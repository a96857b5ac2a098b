package dev.squall.tresnet.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.squall.data.image.ImageReader;
import dev.squall.onnx.OnnxExport;
import dev.squall.tresnet.ModelCard;
import dev.squall.tresnet.cli.Main;
import dev.squall.tresnet.serve.Service.Reply;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A network that is trained on a folder of JPEGs, exported, and served: ONNX Runtime and the service say the same. */
@Tag("fast")
class AnswersTest {
    private static final List<String> COLOURS = List.of("blue", "green", "red");
    private static final String JPEG = "image/jpeg";

    @TempDir
    private static Path directory;

    private static Service service;

    @BeforeAll
    static void trainAndServe() throws Exception {
        for (String split : List.of("train", "val")) {
            for (String colour : COLOURS) {
                Path folder = Files.createDirectories(directory.resolve("data/" + split + "/" + colour));
                for (int i = 0; i < 12; i++) {
                    Files.write(folder.resolve(i + ".jpg"), Tinted.picture(colour, (split + i).hashCode()));
                }
            }
        }
        run(
                "train",
                "--backend",
                "jvm",
                "--data",
                "folder:" + directory.resolve("data"),
                "--image-size",
                "32",
                "--epochs",
                "3",
                "--batch",
                "6",
                "--out",
                directory.resolve("run"));
        run(
                "export",
                "--weights",
                directory.resolve("run/best.safetensors"),
                "--out",
                directory.resolve("network.onnx"));
        service = Service.start(directory.resolve("run/best.safetensors"), Service.OPTIONS);
    }

    private static void run(Object... arguments) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exitCode = Main.execute(
                new ByteArrayOutputStream(),
                err,
                Stream.of(arguments).map(Object::toString).toArray(String[]::new));
        assertThat(exitCode).as(err.toString(UTF_8)).isZero();
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    private static List<byte[]> pictures() {
        List<byte[]> pictures = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            pictures.add(Tinted.picture(COLOURS.get(i % 3), 1000 + i));
        }
        return pictures;
    }

    /** The probabilities in an answer, by the classes' names. */
    private static Map<String, Double> probabilities(JsonNode image) {
        return image.path("classes")
                .valueStream()
                .collect(Collectors.toMap(
                        guess -> guess.path("name").asString(),
                        guess -> guess.path("probability").asDouble()));
    }

    private static Map<String, Double> onnxRuntime(OrtEnvironment environment, OrtSession session, byte[] picture)
            throws Exception {
        ModelCard card = service.classifier().card();
        float[] pixels = card.prepare(
                        ImageReader.open(new dev.squall.data.Input("picture", () -> new ByteArrayInputStream(picture))))
                .pixels();
        try (OnnxTensor x = OnnxTensor.createTensor(environment, FloatBuffer.wrap(pixels), new long[] {1, 3, 32, 32});
                OrtSession.Result result = session.run(Map.of(OnnxExport.INPUT, x))) {
            float[] logits =
                    ((float[][]) result.get(OnnxExport.OUTPUT).orElseThrow().getValue())[0];
            double sum = 0;
            for (float logit : logits) {
                sum += Math.exp(logit);
            }
            Map<String, Double> probabilities = new HashMap<>();
            for (int i = 0; i < logits.length; i++) {
                probabilities.put(card.classNames().get(i), Math.exp(logits[i]) / sum);
            }
            return probabilities;
        }
    }

    private static void assertAlike(Map<String, Double> actual, Map<String, Double> expected) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach(
                (name, probability) -> assertThat(actual.get(name)).as(name).isCloseTo(probability, within(1e-4)));
    }

    @Test
    void theServiceAndOnnxRuntimeSayTheSame() throws Exception {
        try (OrtEnvironment environment = OrtEnvironment.getEnvironment();
                OrtSession session = environment.createSession(
                        directory.resolve("network.onnx").toString())) {
            for (byte[] picture : pictures()) {
                Reply reply = service.post("?top=3", JPEG, picture);

                assertThat(reply.status()).isEqualTo(200);
                assertAlike(
                        probabilities(reply.json().path("images").get(0)), onnxRuntime(environment, session, picture));
            }
        }
    }

    @Test
    void itHasLearnedTheColours() throws Exception {
        List<byte[]> pictures = pictures();
        for (int i = 0; i < pictures.size(); i++) {
            JsonNode best = service.post("", JPEG, pictures.get(i))
                    .json()
                    .path("images")
                    .get(0)
                    .path("classes")
                    .get(0);
            assertThat(best.path("name").asString()).isEqualTo(COLOURS.get(i % 3));
            assertThat(best.path("label").asInt()).isEqualTo(i % 3);
        }
    }

    /** As many programs write base64, with a line break after 76 letters. */
    private static String inLines(String json) {
        return json.replaceAll("[A-Za-z0-9+/]{76}", "$0\\\\r\\\\n");
    }

    @Test
    void manyPicturesAtOnceInEveryFormAreAnsweredInTheirOrder() throws Exception {
        List<byte[]> pictures = pictures();
        String json = pictures.stream()
                .map(picture -> "\"" + Base64.getEncoder().encodeToString(picture) + "\"")
                .collect(Collectors.joining(",", "[", "]"));
        Reply list = service.post("", "application/json", json.getBytes(UTF_8));
        Reply inLines = service.post("", "application/json", inLines(json).getBytes(UTF_8));
        Reply form = service.post("", "multipart/form-data; boundary=xyz", Service.form("xyz", pictures));

        for (int i = 0; i < pictures.size(); i++) {
            JsonNode alone = service.post("", JPEG, pictures.get(i))
                    .json()
                    .path("images")
                    .get(0);
            for (Reply reply : List.of(list, inLines, form)) {
                JsonNode image = reply.json().path("images").get(i);
                assertAlike(probabilities(image), probabilities(alone));
                assertThat(image.path("width").asInt()).isEqualTo(60);
                assertThat(image.path("height").asInt()).isEqualTo(40);
            }
            assertThat(form.json().path("images").get(i).path("name").asString())
                    .isEqualTo(i + ".jpg");
        }
    }

    @Test
    void whoComesTogetherIsComputedTogetherAndGetsHisOwnAnswer() throws Exception {
        List<byte[]> pictures = pictures();
        List<Map<String, Double>> alone = new ArrayList<>();
        for (byte[] picture : pictures) {
            alone.add(probabilities(
                    service.post("", JPEG, picture).json().path("images").get(0)));
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Reply>> replies = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                int number = i;
                replies.add(threads.submit(() ->
                        service.post("?explain=" + (number % 7 == 0), JPEG, pictures.get(number % pictures.size()))));
            }
            for (int i = 0; i < replies.size(); i++) {
                assertAlike(
                        probabilities(replies.get(i).get().json().path("images").get(0)),
                        alone.get(i % pictures.size()));
            }
        }
    }

    @Test
    void anExplanationIsAPictureOfWhatTheNetworkSees() throws Exception {
        JsonNode image = service.post("?explain=true&top=1", JPEG, pictures().getFirst())
                .json()
                .path("images")
                .get(0);

        JsonNode explanation = image.path("explanation");
        assertThat(explanation.path("method").asString()).isEqualTo("Grad-CAM");
        assertThat(explanation.path("label").asInt())
                .isEqualTo(image.path("classes").get(0).path("label").asInt());
        String address = explanation.path("overlay").asString();
        assertThat(address).startsWith("data:image/png;base64,");
        var overlay = ImageIO.read(
                new ByteArrayInputStream(Base64.getDecoder().decode(address.substring(address.indexOf(',') + 1))));
        assertThat(overlay.getWidth()).isGreaterThanOrEqualTo(300).isEqualTo(overlay.getHeight());
        assertThat(service.post("", JPEG, pictures().getFirst())
                        .json()
                        .path("images")
                        .get(0)
                        .has("explanation"))
                .isFalse();
    }

    @Test
    void topNamesSoManyClassesTheMostProbableFirst() throws Exception {
        JsonNode two = service.post("?top=2", JPEG, pictures().getFirst()).json();
        assertThat(two.path("model").asString()).isEqualTo("tresnet_tiny");
        List<Double> probabilities = two.path("images")
                .get(0)
                .path("classes")
                .valueStream()
                .map(guess -> guess.path("probability").asDouble())
                .toList();
        assertThat(probabilities).hasSize(2).isSortedAccordingTo((a, b) -> Double.compare(b, a));
        assertThat(service.post("?top=100", JPEG, pictures().getFirst())
                        .json()
                        .path("images")
                        .get(0)
                        .path("classes"))
                .hasSize(3);
    }

    @Test
    void itsStateAndItsCounts() throws Exception {
        assertThat(service.post("", JPEG, pictures().getFirst()).status()).isEqualTo(200);
        assertThat(service.get("health").status()).isEqualTo(200);
        assertThat(service.get("ready").json().path("status").asString()).isEqualTo("ready");
        String metrics = new String(service.get("metrics").response().body(), UTF_8);
        assertThat(metrics)
                .contains(
                        "tresnet_ready 1.0",
                        "tresnet_requests_seconds_count{path=\"/v1/classify\",status=\"200\"}",
                        "tresnet_batch_images_bucket{le=\"8.0\"}",
                        "tresnet_queue_images 0.0",
                        "tresnet_requests_bytes 0.0",
                        "jvm_memory_used_bytes");
        Reply page = service.get("");
        assertThat(new String(page.response().body(), UTF_8)).contains("page.js", "page.css");
        assertThat(page.response().headers().firstValue("Content-Security-Policy"))
                .isPresent();
    }

    /** What is described is there, and every status that a refusal has is described. */
    @Test
    void theDescriptionForPrograms() throws Exception {
        JsonNode description = service.get("openapi.json").json();
        assertThat(description.path("openapi").asString()).startsWith("3.1");
        for (String path : description.path("paths").propertyNames()) {
            if (!path.equals("/v1/classify")) {
                assertThat(service.get(path.substring(1)).status()).as(path).isEqualTo(200);
            }
        }
        List<Integer> statuses = new ArrayList<>();
        for (var field : Status.class.getDeclaredFields()) {
            if (field.getType() == int.class) {
                statuses.add((Integer) field.get(null));
            }
        }
        assertThat(statuses).hasSizeGreaterThan(7);
        assertThat(description.at("/paths/~1v1~1classify/post/responses").propertyNames())
                .containsAll(statuses.stream().map(String::valueOf).toList());
        // A reference that leads nowhere is null.
        description
                .findValuesAsString("$ref")
                .forEach(reference -> assertThat(
                                description.at(reference.substring(1)).isObject())
                        .as(reference)
                        .isTrue());
    }
}
