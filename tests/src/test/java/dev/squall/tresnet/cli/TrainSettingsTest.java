package dev.squall.tresnet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.train.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a run writes of its settings is read as what it was. */
@Tag("fast")
class TrainSettingsTest {
    @TempDir
    private Path directory;

    private Map<String, String> read(String line) throws IOException {
        return Recipe.settingsIn(Files.writeString(directory.resolve("settings.yaml"), "epochs: 3\n" + line + "\n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sample",
                "folder:my pictures",
                "folder:a # b",
                "folder:a\" # b",
                "folder:it's",
                "folder:\"a\"",
                ""
            })
    void anyValueIsReadAsItWas(String value) throws IOException {
        assertThat(read(TrainSettings.line("data", value))).isEqualTo(Map.of("epochs", "3", "data", value));
    }

    @ParameterizedTest
    @ValueSource(strings = {"folder:a\nepochs: 9", "folder:a\r\"b", "folder:a\u2028b", "folder:'a\" # b"})
    void whatNoLineCanHoldIsLeftOut(String value) throws IOException {
        assertThat(read(TrainSettings.line("data", value))).isEqualTo(Map.of("epochs", "3"));
    }
}
