package dev.squall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/** Looks at pages with Chromium, where there is one. */
public final class Browser {
    private Browser() {}

    /** The program, if there is one on this machine. */
    public static Optional<Path> program() {
        return Stream.of("chromium", "google-chrome")
                .flatMap(name -> Stream.of(System.getenv("PATH").split(File.pathSeparator))
                        .map(folder -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Requires that {@code page} shows something at this size; its picture is left in target, for people to look at. */
    public static void requireShown(Path page, int width, int height, String name)
            throws IOException, InterruptedException {
        Path chromium = program().orElse(null);
        assumeTrue(chromium != null, "no Chromium on this machine, so nothing looks at the page");
        Path picture = Path.of("target", name).toAbsolutePath();
        Files.deleteIfExists(picture);
        Path profile = Files.createDirectories(page.resolveSibling("profile"));
        List<String> command = List.of(
                chromium.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--hide-scrollbars",
                "--user-data-dir=" + profile,
                "--window-size=" + width + "," + height,
                "--screenshot=" + picture,
                page.toUri().toString());
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(page.resolveSibling("log").toFile())
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();

        BufferedImage shown = ImageIO.read(picture.toFile());
        assertThat(shown.getWidth()).isEqualTo(width);
        int ink = 0;
        for (int y = 0; y < height; y += 4) {
            for (int x = 0; x < width; x += 4) {
                ink += shown.getRGB(x, y) == shown.getRGB(0, 0) ? 0 : 1;
            }
        }
        assertThat(ink).as("pixels that are no background").isGreaterThan(width * height / 16 / 100);
    }
}
