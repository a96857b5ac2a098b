package dev.squall.data.source;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Makes directories of pictures, some upright and some not, whose class c has a bright stripe in the c-th of four parts. */
public final class PictureFolder {
    private static final String[] FORMATS = {"png", "jpg", "bmp", "gif"};

    private PictureFolder() {}

    /** Writes {@code count} pictures of each of the classes into {@code directory/CLASS}. */
    public static void write(Path directory, int count, String... classes) throws IOException {
        for (int c = 0; c < classes.length; c++) {
            Path home = Files.createDirectories(directory.resolve(classes[c]));
            for (int i = 0; i < count; i++) {
                String format = FORMATS[i % FORMATS.length];
                Path file = home.resolve("picture-%03d.%s".formatted(i, format));
                ImageIO.write(picture(c, 40 + 7 * (i % 5), 40 + 5 * (i % 3), i), format, file.toFile());
            }
        }
    }

    private static BufferedImage picture(int stripe, int width, int height, int seed) {
        BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int noise = (x * 31 + y * 17 + seed * 7) % 50;
                boolean bright = 4 * y / height == stripe % 4;
                picture.setRGB(x, y, bright ? 0xf0e0c0 + noise : noise << 16 | noise << 8 | 60);
            }
        }
        return picture;
    }
}
