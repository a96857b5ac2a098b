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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
        Path picture = Path.of("target", name).toAbsolutePath();
        Files.deleteIfExists(picture);
        run(page, page.resolveSibling("log"), width, height, "--screenshot=" + picture);

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

    /** What the expression {@code script} is in {@code page}, in a window of this width. */
    public static String evaluate(Path page, int width, String script) throws IOException, InterruptedException {
        Path copy = page.resolveSibling("evaluated.html");
        Files.writeString(
                copy, Files.readString(page) + "<script>document.title = 'value:' + (" + script + ")</script>");
        Path dump = page.resolveSibling("dump");
        run(copy, dump, width, 1000, "--dump-dom");
        Matcher value = Pattern.compile("<title>value:(.*?)</title>").matcher(Files.readString(dump));
        assertThat(value.find()).isTrue();
        return value.group(1);
    }

    private static void run(Path page, Path output, int width, int height, String what)
            throws IOException, InterruptedException {
        Path chromium = program().orElse(null);
        assumeTrue(chromium != null, "no Chromium on this machine, so nothing looks at the page");
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
                what,
                page.toUri().toString());
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }
}
