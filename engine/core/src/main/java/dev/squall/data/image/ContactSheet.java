package dev.squall.data.image;

import dev.squall.data.ImageShape;
import java.awt.image.BufferedImage;
import java.util.List;

/** Many small images on one picture, to look at. */
public final class ContactSheet {
    private static final int GAP = 2;
    private static final int BACKGROUND = 0xffffff;

    private ContactSheet() {}

    /**
     * Puts images of one shape, grey or in colour, into rows.
     *
     * @param images their values in [0, 1]; others are cut off
     * @param columns how many in a row
     */
    public static BufferedImage of(List<Image> images, int columns) {
        ImageShape shape = images.getFirst().shape();
        int rows = Math.ceilDiv(images.size(), columns);
        BufferedImage sheet = new BufferedImage(
                columns * (shape.width() + GAP) + GAP, rows * (shape.height() + GAP) + GAP, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < sheet.getHeight(); y++) {
            for (int x = 0; x < sheet.getWidth(); x++) {
                sheet.setRGB(x, y, BACKGROUND);
            }
        }
        for (int i = 0; i < images.size(); i++) {
            int left = GAP + i % columns * (shape.width() + GAP);
            int top = GAP + i / columns * (shape.height() + GAP);
            draw(images.get(i).withChannels(3), sheet, left, top);
        }
        return sheet;
    }

    private static void draw(Image image, BufferedImage sheet, int left, int top) {
        int area = image.shape().area();
        int width = image.shape().width();
        for (int i = 0; i < area; i++) {
            int rgb = 0;
            for (int c = 0; c < 3; c++) {
                rgb = rgb << 8 | Math.round(255 * Math.max(0, Math.min(1, image.pixels()[c * area + i])));
            }
            sheet.setRGB(left + i % width, top + i / width, rgb);
        }
    }
}
