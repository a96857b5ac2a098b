package dev.squall.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.backend.Backend;
import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.data.DataLoader;
import dev.squall.error.BadInputException;
import dev.squall.nn.Linear;
import dev.squall.nn.Module;
import dev.squall.nn.Sequential;
import dev.squall.optim.Schedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
class RecipeTest {
    @TempDir
    private Path directory;

    @Test
    void comesBackFromItsTexts() {
        Recipe recipe = Recipe.STANDARD.with(
                Map.of("optimizer", "lamb", "schedule", "cosine", "warmup-epochs", "2.5", "lr", "3e-3", "seed", "-7"));
        assertThat(Recipe.STANDARD.with(recipe.toMap())).isEqualTo(recipe);
        assertThat(recipe.toMap()).hasSameSizeAs(Recipe.class.getRecordComponents());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "epochs          | 0        | epochs must be at least 1, not 0",
                "epochs          | many     | epochs must be a whole number, not 'many'",
                "epochs          | 99999999999 | epochs 99999999999 is too large",
                "lr              | 0        | lr must be a positive number",
                "lr              | NaN      | lr must be a positive number",
                "optimizer       | adagrad  | optimizer must be one of sgd, adam, adamw, lamb, not 'adagrad'",
                "schedule        | step     | one-cycle, cosine, constant",
                "momentum        | 1        | momentum must lie between 0 and below 1",
                "weight-decay    | -1       | weight-decay must lie between 0 and",
                "warmup-epochs   | 10       | warmup-epochs must lie between 0 and",
                "label-smoothing | 1        | label-smoothing must lie between 0 and below 1",
                "ema             | 1        | ema must lie between 0 and below 1",
                "drop-path       | 1        | drop-path must lie between 0 and below 1",
                "accumulate      | 0        | accumulate must be at least 1",
                "clip            | -1       | clip must lie between 0 and",
                "decay           | 1        | no setting called 'decay'; it has epochs, batch, shards, lr"
            })
    void whatCannotBeIsSaid(String name, String value, String sentence) {
        assertThatThrownBy(() -> Recipe.STANDARD.with(name, value))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(sentence);
    }

    @Test
    void readsPropertiesAndYaml() throws IOException {
        Recipe expected = Recipe.STANDARD.with(Map.of("optimizer", "adamw", "lr", "0.001", "epochs", "40"));
        assertThat(read("# mine\n\nepochs=40\noptimizer = adamw\nlr=1e-3\n")).isEqualTo(expected);
        assertThat(read("---\nepochs: 40   # enough\noptimizer: \"AdamW\"\nlr: '1e-3'\n"))
                .isEqualTo(expected);
    }

    @Test
    void inQuotesNothingIsAComment() throws IOException {
        Path file = Files.writeString(directory.resolve("settings.yaml"), """
                data: "folder:/my #1 set!"  # "the first"
                weights: 'a # b.pth'
                --- # more
                 model = m #
                  # no
                """);
        assertThat(Recipe.settingsIn(file))
                .containsExactly(
                        Map.entry("data", "folder:/my #1 set!"),
                        Map.entry("weights", "a # b.pth"),
                        Map.entry("model", "m"));
    }

    /** Editors on Windows begin a text with a mark, and end its lines in their way. */
    @Test
    void aTextFromWindowsIsRead() throws IOException {
        Path file = Files.writeString(directory.resolve("w.yaml"), "\ufeffepochs: 3\r\nlr: 0.5\r\n");
        Recipe read = Recipe.STANDARD.read(file);
        assertThat(read.epochs()).isEqualTo(3);
        assertThat(read.learningRate()).isEqualTo(0.5);
    }

    @Test
    void aWrongFileIsSaid() {
        assertThatThrownBy(() -> read("epochs: 40\nepochs: 50\n"))
                .hasMessageMatching("line 2 of .* sets epochs a second time");
        assertThatThrownBy(() -> read("train:\n  - 40\n")).hasMessageContaining("line 2 of");
        assertThatThrownBy(() -> read("epoch: 40\n")).hasMessageContaining("no setting called 'epoch'");
        assertThatThrownBy(() -> read("lr: fast\n")).hasMessageContaining("r.yaml: lr must be a number, not 'fast'");
        assertThatThrownBy(() -> Recipe.STANDARD.read(directory.resolve("none")))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("there is no file");
        assertThatThrownBy(() -> {
                    Path file = directory.resolve("noise");
                    Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});
                    Recipe.STANDARD.read(file);
                })
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("is no text");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "body.layer1            | body.layer1.0.conv1.0.weight | true",
                "body.layer1            | body.layer10.conv1.0.weight  | false",
                "layer1                 | body.layer1.0.conv1.0.weight | false",
                "*.bn?                  | layer1.0.bn2.weight          | true",
                "*.bn?                  | layer1.0.conv2.weight        | false",
                "body.layer[12]         | body.layer2.0.se.fc1.bias    | true",
                "body.layer[!12]        | body.layer2.0.se.fc1.bias    | false",
                "a b,head.fc.weight     | head.fc.weight               | true",
                "head.fc.weight         | head.fc.bias                 | false",
                "/^body\\.layer[12]\\./ | body.layer2.0.se.fc1.bias    | true",
                "/bn[0-9]{1,2}/         | layer1.0.bn2.weight          | true",
                "(+                     | head.fc.bias                 | false"
            })
    void patternsOfNames(String patterns, String name, boolean matches) {
        assertThat(NamePattern.list(patterns).stream().anyMatch(pattern -> pattern.test(name)))
                .isEqualTo(matches);
    }

    @Test
    void anImpossiblePatternIsSaid() {
        assertThatThrownBy(() -> Recipe.STANDARD.with("freeze", "/(/"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("freeze /(/ is no regular expression");
        try (Backend backend = new ReferenceBackend();
                Module network = new Sequential(new Linear(backend, 3, 2), new Linear(backend, 2, 2))) {
            assertThatThrownBy(() -> Recipe.STANDARD.with("freeze", "0 fc").freeze(network))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("freeze fc matches no parameter")
                    .hasMessageContaining("its layers are 0, 1");
            assertThatThrownBy(() -> Recipe.STANDARD.with("freeze", "*").freeze(network))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("leaves nothing to learn");
        }
    }

    private Recipe read(String text) throws IOException {
        Path file = directory.resolve("r.yaml");
        Files.writeString(file, text);
        return Recipe.STANDARD.read(file);
    }

    @Test
    void isLearnedFromInFullPassesAndMeasuredWithAllImages() {
        Recipe recipe = Recipe.STANDARD.with("batch", 64);
        assertThat(recipe.loader(ToyRun.bands("a", 100, 1)).build().images()).isEqualTo(64);
        assertThat(recipe.testLoader(ToyRun.bands("a", 100, 1)).build().images())
                .isEqualTo(100);
        assertThat(recipe.testLoader(ToyRun.bands("a", 9, 1)).build().images()).isEqualTo(9);
    }

    @Test
    void theWarmUpHasItsLength() {
        Recipe recipe = Recipe.STANDARD.with(Map.of("epochs", "4", "batch", "10", "lr", "1", "warmup-epochs", "2"));
        DataLoader loader = recipe.loader(ToyRun.bands("a", 100, 1)).build();
        for (String name : new String[] {"one-cycle", "cosine", "constant"}) {
            Schedule schedule = recipe.with("schedule", name).schedule(loader);
            assertThat(schedule.learningRate(0)).as(name).isLessThan(0.1f);
            assertThat(schedule.learningRate(19)).as(name).isEqualTo(1f);
        }
        assertThat(recipe.with("schedule", "one-cycle").schedule(loader).learningRate(39))
                .isLessThan(1e-3f);
        assertThat(recipe.with("schedule", "cosine").schedule(loader).learningRate(39))
                .isZero();
        assertThat(recipe.with("schedule", "constant").schedule(loader).learningRate(39))
                .isEqualTo(1f);
        assertThat(recipe.with("accumulate", 3).steps(loader)).isEqualTo(16);
    }
}
