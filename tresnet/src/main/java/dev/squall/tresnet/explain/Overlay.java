package dev.squall.tresnet.explain;

import dev.squall.data.ImageShape;
import dev.squall.data.image.Image;
import dev.squall.data.image.Picture;
import dev.squall.tresnet.ModelCard;
import java.awt.image.BufferedImage;

/** Draws a map over the picture that it is of: the more a part speaks for the class, the brighter and the less transparent its colour. */
public final class Overlay {
    /** Pixels of the drawing's shorter side at least, so that small images can be seen. */
    private static final int LEAST_SIDE = 336;

    /** How much the most important part is covered. */
    private static final double COVERED = 0.65;

    /** Red, green and blue from low to high, in equal steps: the colour map "inferno" of matplotlib, whose brightness rises evenly. */
    private static final int[] COLOURS = {
        0x000004, 0x160b39, 0x420a68, 0x6a176e, 0x932667, 0xbc3754, 0xdd513a, 0xf37819, 0xfca50a, 0xf6d746, 0xfcffa4
    };

    private Overlay() {}

    /** That part of {@code picture} which the network of {@code card} is shown, with {@code map} over it. */
    public static BufferedImage of(Picture picture, ModelCard card, HeatMap map) {
        return of(canvas(picture, card), map);
    }

    /** That part of {@code picture} which the network of {@code card} is shown, in 3 channels and large enough to draw on. */
    public static Image canvas(Picture picture, ModelCard card) {
        ImageShape shown = card.image();
        int times = Math.max(1, Math.ceilDiv(LEAST_SIDE, Math.min(shown.height(), shown.width())));
        ImageShape drawn = new ImageShape(3, shown.height() * times, shown.width() * times);
        return picture.fit(drawn, card.crop(), card.interpolation());
    }

    /** {@code image}, of 3 channels, with {@code map} over it. */
    public static BufferedImage of(Image image, HeatMap map) {
        int height = image.shape().height();
        int width = image.shape().width();
        float[] importance = map.resized(height, width).values();
        BufferedImage drawing = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < importance.length; i++) {
            double cover = COVERED * importance[i];
            int rgb = 0;
            for (int c = 0; c < 3; c++) {
                double value = (1 - cover) * 255 * image.pixels()[c * importance.length + i]
                        + cover * colour(importance[i], 16 - 8 * c);
                rgb = rgb << 8 | (int) Math.round(Math.clamp(value, 0, 255));
            }
            drawing.setRGB(i % width, i / width, rgb);
        }
        return drawing;
    }

    /** The part of the colour for {@code value} in [0, 1] that begins at bit {@code shift}. */
    private static double colour(double value, int shift) {
        double place = Math.clamp(value, 0, 1) * (COLOURS.length - 1);
        int below = Math.min((int) place, COLOURS.length - 2);
        double share = place - below;
        return (1 - share) * (COLOURS[below] >> shift & 255) + share * (COLOURS[below + 1] >> shift & 255);
    }
}
