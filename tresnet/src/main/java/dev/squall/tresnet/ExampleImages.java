package dev.squall.tresnet;

import dev.squall.data.Dataset;
import dev.squall.data.ImageShape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;

/** Writes some images of a data set as PNG files, to look at and to classify. */
public final class ExampleImages {
    private ExampleImages() {}

    /**
     * An image of the data set in a file of its own.
     *
     * @param file the PNG
     * @param label its class
     */
    public record Example(Path file, int label) {}

    /**
     * Writes the first image of each of the first {@code classes} classes, named after the class, into {@code directory}.
     *
     * @throws IOException if that is impossible
     */
    public static List<Example> write(Dataset dataset, int classes, Path directory) throws IOException {
        Files.createDirectories(directory);
        List<Example> examples = new ArrayList<>();
        for (int label = 0; label < Math.min(classes, dataset.classes()); label++) {
            int index = firstOf(dataset, label);
            if (index >= 0) {
                Path file = directory.resolve(fileName(dataset.classNames().get(label)));
                ImageIO.write(picture(dataset, index), "png", file.toFile());
                examples.add(new Example(file, label));
            }
        }
        return examples;
    }

    private static int firstOf(Dataset dataset, int label) {
        for (int i = 0; i < dataset.size(); i++) {
            if (dataset.label(i) == label) {
                return i;
            }
        }
        return -1;
    }

    private static String fileName(String className) {
        return className.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-") + ".png";
    }

    private static BufferedImage picture(Dataset dataset, int index) {
        ImageShape shape = dataset.shape();
        float[] values = new float[shape.elements()];
        dataset.image(index, values, 0);
        boolean grey = shape.channels() == 1;
        BufferedImage picture = new BufferedImage(
                shape.width(), shape.height(), grey ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < values.length; i++) {
            int x = i % shape.width();
            int y = i % shape.area() / shape.width();
            picture.getRaster().setSample(x, y, i / shape.area(), Math.round(255 * values[i]));
        }
        return picture;
    }
}
