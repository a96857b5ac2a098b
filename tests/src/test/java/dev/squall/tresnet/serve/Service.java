package dev.squall.tresnet.serve;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Backends;
import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.data.ImageShape;
import dev.squall.data.Normalize;
import dev.squall.io.SafeTensors;
import dev.squall.nn.NormKind;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import dev.squall.train.StateDict;
import dev.squall.tresnet.Classifier;
import dev.squall.tresnet.ModelCard;
import dev.squall.tresnet.Networks;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A server in this process, and a client of it. */
final class Service implements AutoCloseable {
    static final JsonMapper JSON = JsonMapper.builder().build();
    static final int CLASSES = 10;

    /** On any free port, with small limits. */
    static final ServerOptions OPTIONS =
            new ServerOptions("127.0.0.1", 0, 8, Duration.ofMillis(5), 64, 200_000, 1_000_000, Duration.ofSeconds(20));

    private final Backend backend;
    private final Classifier classifier;
    private final Server server;
    private final HttpClient client = HttpClient.newHttpClient();

    private Service(Path weights, ServerOptions options) {
        backend = Backends.open("jvm", BackendOptions.DEFAULT).backend();
        classifier = Classifier.open(backend, weights, null, null);
        server = Server.start(classifier, options);
    }

    static Service start(Path weights, ServerOptions options) {
        Service service = new Service(weights, options);
        service.server.awaitReady();
        return service;
    }

    /** Weights of a network that says different things of different pictures. */
    static Path writeWeights(Path directory) {
        Path file = directory.resolve("weights.safetensors");
        ModelCard card = new ModelCard(
                "tresnet_tiny",
                IntStream.range(0, CLASSES).mapToObj(i -> "class " + i).toList(),
                new ImageShape(3, 32, 32),
                Normalize.identity(3),
                1,
                NormKind.INPLACE);
        try (ReferenceBackend reference = new ReferenceBackend();
                var network = Networks.create("tresnet_tiny", reference, 3, CLASSES, NormKind.INPLACE)) {
            network.initialise(1);
            SplittableRandom random = new SplittableRandom(3);
            for (Tensor parameter : network.parameters().values()) {
                float[] values = parameter.toArray();
                for (int i = 0; i < values.length; i++) {
                    values[i] += parameter.shape().rank() == 1 ? (float) random.nextDouble(0.1, 0.4) : 0;
                    values[i] *= parameter
                                    .shape()
                                    .equals(Shape.of(
                                            CLASSES,
                                            parameter
                                                    .shape()
                                                    .dim(parameter.shape().rank() - 1)))
                            ? 30
                            : 1;
                }
                parameter.upload(values);
            }
            SafeTensors.write(file, StateDict.of(network), card.toMetadata());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file;
    }

    /** A picture that differs from others by its number. */
    static byte[] picture(String format, int number, int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        SplittableRandom random = new SplittableRandom(number);
        int[] colours = IntStream.range(0, 16).map(i -> random.nextInt(1 << 24)).toArray();
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, colours[4 * (4 * y / height) + 4 * x / width]);
            }
        }
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try {
            if (!ImageIO.write(image, format, file)) {
                throw new IllegalArgumentException("no writer for " + format);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file.toByteArray();
    }

    /** What came back. */
    record Reply(int status, HttpResponse<byte[]> response) {
        JsonNode json() {
            return JSON.readTree(response.body());
        }

        /** The sentence of a problem. */
        String detail() {
            return json().path("detail").asString();
        }
    }

    Reply post(String query, String type, byte[] body) throws Exception {
        return send("POST", "v1/classify" + query, type, BodyPublishers.ofByteArray(body));
    }

    Reply get(String path) throws Exception {
        return send("GET", path, null, BodyPublishers.noBody());
    }

    Reply send(String method, String path, String type, BodyPublisher body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(address().resolve(path))
                .method(method, body)
                .timeout(Duration.ofSeconds(60));
        if (type != null) {
            request.header("Content-Type", type);
        }
        HttpResponse<byte[]> response = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        return new Reply(response.statusCode(), response);
    }

    /** A multipart form with these files. */
    static byte[] form(String boundary, List<byte[]> files) {
        ByteArrayOutputStream form = new ByteArrayOutputStream();
        for (int i = 0; i < files.size(); i++) {
            form.writeBytes(("--" + boundary + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + i
                            + ".jpg\"\r\nContent-Type: image/jpeg\r\n\r\n")
                    .getBytes(StandardCharsets.UTF_8));
            form.writeBytes(files.get(i));
            form.writeBytes("\r\n".getBytes(StandardCharsets.UTF_8));
        }
        form.writeBytes(("--" + boundary + "--\r\n").getBytes(StandardCharsets.UTF_8));
        return form.toByteArray();
    }

    URI address() {
        return server.address();
    }

    Server server() {
        return server;
    }

    Classifier classifier() {
        return classifier;
    }

    @Override
    public void close() {
        client.close();
        server.close();
        classifier.close();
        backend.close();
    }
}
