package dev.squall.onnx;

import dev.squall.autograd.Autograd;
import dev.squall.io.AtomicFile;
import dev.squall.nn.Module;
import dev.squall.onnx.schema.Onnx.ModelProto;
import dev.squall.tensor.Role;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * Writes a network in evaluation mode as an ONNX model of opset 18: norms folded into convolutions, everything in standard operators, any number of images at a time.
 *
 * <pre>{@code
 * try (RecordingBackend backend = new RecordingBackend(); Module network = build(backend)) {
 *     StateDict.load(network, weights, "weights.safetensors");
 *     OnnxExport.write(Path.of("network.onnx"), backend, network, Shape.of(3, 224, 224), Map.of());
 * }
 * }</pre>
 */
public final class OnnxExport {
    /** The name of the model's input, {@code [batch, C, H, W]}. */
    public static final String INPUT = "images";

    /** The name of its output. */
    public static final String OUTPUT = "logits";

    /** The name of the first dimension of both, which is the number of images. */
    public static final String BATCH = "batch";

    /** Any number of images but 1, which could be taken for a dimension that broadcasts. */
    private static final int RECORDED_IMAGES = 2;

    private OnnxExport() {}

    /**
     * The model of {@code network}.
     *
     * @param backend on which nothing else has been recorded
     * @param network on that backend, with its weights
     * @param image the shape of one input, without the batch, such as {@code [3, 224, 224]}
     * @param metadata texts to go with it
     */
    public static ModelProto model(
            RecordingBackend backend, Module network, Shape image, Map<String, String> metadata) {
        int[] extents = new int[image.rank() + 1];
        extents[0] = RECORDED_IMAGES;
        System.arraycopy(image.toArray(), 0, extents, 1, image.rank());
        RecordedStorage input = (RecordedStorage) backend.allocate(Shape.of(extents), Role.ACTIVATION);
        input.setName(INPUT);
        boolean training = network.isTraining();
        network.eval();
        try (Scope _ = Scope.open()) {
            Tensor x = Tensor.of(input);
            Tensor logits = Autograd.withoutGradients(() -> network.forward(x));
            RecordedStorage output = (RecordedStorage) logits.storage();
            return backend.graph()
                    .model(
                            "network",
                            INPUT,
                            withoutBatch(input.shape()),
                            output.name(backend.graph()),
                            withoutBatch(output.shape()),
                            metadata);
        } finally {
            network.setTraining(training);
        }
    }

    /**
     * Replaces {@code file} by the model of {@code network}; what was there stays until the new one is complete.
     *
     * @throws IOException if it cannot be written
     */
    public static void write(
            Path file, RecordingBackend backend, Module network, Shape image, Map<String, String> metadata)
            throws IOException {
        byte[] bytes = model(backend, network, image, metadata).toByteArray();
        AtomicFile.write(file, out -> {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                out.write(buffer);
            }
        });
    }

    private static long[] withoutBatch(Shape shape) {
        return Arrays.stream(shape.toArray()).skip(1).asLongStream().toArray();
    }
}
