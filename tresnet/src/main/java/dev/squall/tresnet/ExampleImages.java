package dev.squall.tresnet;

import dev.squall.data.Dataset;
import dev.squall.data.ImageShape;
import dev.squall.error.BadInputException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes some images of a data set as PNG files, to look at and to classify. */
public final class ExampleImages {
    private static final int LONGEST_NAME = 100;

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
        Set<String> names = new HashSet<>();
        for (int label = 0; label < Math.min(classes, dataset.classes()); label++) {
            BufferedImage picture = firstOf(dataset, label);
            if (picture != null) {
                String name = fileName(dataset.classNames().get(label));
                // Names of letters that are left out may become equal, or nothing.
                String free = name.equals("-") || names.contains(name) ? name + label : name;
                while (!names.add(free)) {
                    free += "-";
                }
                Path file = directory.resolve(free + ".png");
                PngWriter.write(file, picture);
                examples.add(new Example(file, label));
            }
        }
        return examples;
    }

    /** The first image of a class that can be read, or null. */
    private static @Nullable BufferedImage firstOf(Dataset dataset, int label) {
        for (int i = 0; i < dataset.size(); i++) {
            if (dataset.label(i) == label) {
                try {
                    return picture(dataset, i);
                } catch (BadInputException e) {
                    if (!dataset.skip(i, e)) {
                        throw e;
                    }
                }
            }
        }
        return null;
    }

    private static String fileName(String className) {
        String name = className.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
        // Systems of files have limits, of which a class may be as long.
        return name.substring(0, Math.min(name.length(), LONGEST_NAME));
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
