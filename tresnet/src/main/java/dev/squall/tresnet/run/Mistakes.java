package dev.squall.tresnet.run;

import dev.squall.data.Dataset;
import dev.squall.data.ImageShape;
import dev.squall.data.image.Image;
import dev.squall.error.BadInputException;
import dev.squall.error.Plural;
import dev.squall.tresnet.page.Block.Gallery;
import dev.squall.tresnet.page.Block.Item;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;

/** The images of which a network was surest and wrong: they show what it has not understood, and which labels are wrong. */
final class Mistakes {
    private static final int MOST = 24;

    /** Of a thumbnail's longer side, in pixels. */
    private static final int SIDE = 112;

    private Mistakes() {}

    static Gallery of(Dataset images, List<Prediction> predictions) {
        List<Prediction> wrong = predictions.stream()
                .filter(each -> !each.isRight())
                .sorted(Comparator.comparingDouble(each -> each.labelProbability() - each.probability()))
                .toList();
        List<Item> items = new ArrayList<>();
        for (Prediction each : wrong) {
            if (items.size() < MOST) {
                try {
                    items.add(item(images, each));
                } catch (BadInputException e) {
                    // It was there when the network saw it.
                }
            }
        }
        return new Gallery(
                wrong.isEmpty()
                        ? "No image was classified wrongly."
                        : String.format(
                                Locale.ROOT,
                                "%,d of %s %s classified wrongly; those of which the network was surest come first.",
                                wrong.size(),
                                Plural.of(predictions.size(), "image"),
                                wrong.size() == 1 ? "was" : "were"),
                items);
    }

    private static Item item(Dataset images, Prediction each) {
        // A space that does not break keeps the sign at its number.
        String taken =
                String.format(Locale.ROOT, "taken for %s, %.1f\u00a0%%", each.prediction(), 100 * each.probability());
        String is = String.format(Locale.ROOT, "is %s, %.1f\u00a0%%", each.label(), 100 * each.labelProbability());
        return new Item(
                thumbnail(images, each.index()),
                "Image " + each.index() + " of the test set, which shows " + each.label(),
                List.of(taken, is));
    }

    private static byte[] thumbnail(Dataset images, int index) {
        ImageShape shape = images.shape();
        float[] values = new float[shape.elements()];
        images.image(index, values, 0);
        Image image = new Image(shape, values);
        int longer = Math.max(shape.height(), shape.width());
        if (longer > SIDE) {
            image = image.resize(
                    Math.max(1, shape.height() * SIDE / longer), Math.max(1, shape.width() * SIDE / longer));
        }
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        try {
            ImageIO.write(drawn(image), "png", png);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return png.toByteArray();
    }

    private static BufferedImage drawn(Image image) {
        ImageShape shape = image.shape();
        int kind = shape.channels() == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB;
        BufferedImage picture = new BufferedImage(shape.width(), shape.height(), kind);
        for (int i = 0; i < image.pixels().length; i++) {
            int level = Math.clamp(Math.round(255 * image.pixels()[i]), 0, 255);
            picture.getRaster().setSample(i % shape.width(), i % shape.area() / shape.width(), i / shape.area(), level);
        }
        return picture;
    }
}
