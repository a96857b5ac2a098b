package dev.squall.tresnet;

import dev.squall.io.AtomicFile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Writes pictures as PNG files, whole or not at all. Java's own writer leaves half a file on a full disk, and does not say why. */
public final class PngWriter {
    private PngWriter() {}

    /**
     * Replaces {@code file} with {@code picture}.
     *
     * @throws IOException if it cannot be written; says why
     */
    public static void write(Path file, BufferedImage picture) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        if (!ImageIO.write(picture, "png", bytes)) {
            throw new IOException("there is no writer for PNG");
        }
        AtomicFile.write(file, bytes.toByteArray());
    }
}
