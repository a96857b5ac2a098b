package dev.squall.tresnet.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.squall.Browser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The page in a browser, on a phone's width and a desktop's; the pictures in target/ are left for people to look at. */
@Tag("fast")
class PageTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(ints = {390, 1280})
    void aPictureIsChosenAndExplainedAndABadOneIsASentence(int width) throws Exception {
        Optional<Path> program = Browser.program();
        assumeTrue(program.isPresent(), "no Chromium on this machine, so nothing looks at the page");
        Path picture = directory.resolve("a picture with quite a long name.png");
        Files.write(picture, Service.picture("png", 5, 320, 240));
        Path bad = directory.resolve("bad.jpg");
        Files.write(bad, new byte[] {1, 2, 3});

        try (Service service = Service.start(Service.writeWeights(directory), Service.OPTIONS);
                BrowserSession browser = new BrowserSession(
                        program.get(),
                        directory.resolve("profile"),
                        service.address(),
                        width,
                        width < 600 ? 844 : 800)) {
            browser.choose("#file", bad);
            browser.until("document.getElementById('status').textContent.includes('is not an image')");
            browser.choose("#file", picture);
            browser.until(
                    "!document.getElementById('answer').hidden && document.getElementById('overlay').naturalWidth > 0"
                            + " && document.getElementById('picture').naturalWidth > 0");

            assertThat(browser.value("document.querySelectorAll('#classes li').length")
                            .asInt())
                    .isEqualTo(5);
            assertThat(browser.value("document.getElementById('status').textContent")
                            .asString())
                    .isEmpty();
            assertThat(browser.value("document.getElementById('model').textContent")
                            .asString())
                    .isEqualTo("tresnet_tiny");
            assertThat(browser.value("document.documentElement.scrollWidth").asInt())
                    .as("nothing sticks out to the right")
                    .isLessThanOrEqualTo(width);
            browser.screenshot(Path.of("target", "serve-" + width + ".png"));
        }
    }
}
