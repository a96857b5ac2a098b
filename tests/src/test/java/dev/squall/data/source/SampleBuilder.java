package dev.squall.data.source;

import dev.squall.data.ByteImageDataset;
import dev.squall.data.ImageShape;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/**
 * Makes the bundled sample from the full Fashion-MNIST.
 *
 * <p>The rule: the first 600 training and the first 100 test images of each class, in the order of the files.
 *
 * <pre>{@code
 * java -cp engine/core/target/classes:tests/target/test-classes dev.squall.data.SampleBuilder \
 *     /usr/share/datasets/fashion-mnist engine/core/src/main/resources/dev/squall/data/sample
 * }</pre>
 */
final class SampleBuilder {
    private static final int TRAIN_PER_CLASS = 600;
    private static final int TEST_PER_CLASS = 100;

    private SampleBuilder() {}

    static void main(String[] arguments) throws IOException {
        if (arguments.length != 2) {
            throw new IllegalArgumentException("expected the directory of Fashion-MNIST and the one to write to");
        }
        Path from = Path.of(arguments[0]);
        Path to = Path.of(arguments[1]);
        Files.createDirectories(to);
        build(IdxFiles.read("train", from, "train", DataSources.FASHION_CLASSES), TRAIN_PER_CLASS, to, "train");
        build(IdxFiles.read("test", from, "t10k", DataSources.FASHION_CLASSES), TEST_PER_CLASS, to, "t10k");
    }

    private static void build(ByteImageDataset all, int perClass, Path to, String prefix) throws IOException {
        int count = perClass * all.classes();
        ImageShape shape = all.shape();
        ByteArrayOutputStream pixels = new ByteArrayOutputStream();
        ByteArrayOutputStream labels = new ByteArrayOutputStream();
        int[] taken = new int[all.classes()];
        float[] image = new float[shape.elements()];
        for (int i = 0; i < all.size(); i++) {
            int label = all.label(i);
            if (taken[label] < perClass) {
                taken[label]++;
                all.image(i, image, 0);
                for (float value : image) {
                    pixels.write(Math.round(value * 255));
                }
                labels.write(label);
            }
        }
        write(
                to.resolve(prefix + "-images-idx3-ubyte.gz"),
                pixels,
                IdxFiles.IMAGES_MAGIC,
                count,
                shape.height(),
                shape.width());
        write(to.resolve(prefix + "-labels-idx1-ubyte.gz"), labels, IdxFiles.LABELS_MAGIC, count);
    }

    private static void write(Path file, ByteArrayOutputStream data, int... header) throws IOException {
        try (DataOutputStream out = new DataOutputStream(new GZIPOutputStream(Files.newOutputStream(file)))) {
            for (int value : header) {
                out.writeInt(value);
            }
            data.writeTo(out);
        }
    }
}
