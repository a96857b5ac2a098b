package dev.squall.tresnet.serve;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;

/** Pictures of classes that are easy to learn: noise in one colour. */
final class Tinted {
    private Tinted() {}

    /** A JPEG of 60x40 pixels that is mostly {@code colour}: blue, green or red. */
    static byte[] picture(String colour, int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        BufferedImage image = new BufferedImage(60, 40, BufferedImage.TYPE_INT_RGB);
        int shift = switch (colour) {
            case "blue" -> 0;
            case "green" -> 8;
            default -> 16;
        };
        for (int y = 0; y < 40; y++) {
            for (int x = 0; x < 60; x++) {
                int dark = random.nextInt(60);
                image.setRGB(x, y, 0x10101 * dark | random.nextInt(150, 256) << shift);
            }
        }
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "jpeg", file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file.toByteArray();
    }
}
