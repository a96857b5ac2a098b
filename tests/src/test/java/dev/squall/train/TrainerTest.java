package dev.squall.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.backend.Backend;
import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.error.BadInputException;
import dev.squall.io.SafeTensors;
import dev.squall.optim.ParameterGroup;
import dev.squall.optim.Sgd;
import dev.squall.train.RunDirectory.Existing;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Tag("fast")
class TrainerTest {
    private static final Recipe EVERYTHING = Recipe.of(4, 5)
            .with("label-smoothing", 0.1)
            .with("clip", 2)
            .with("accumulate", 3)
            .with("ema", 0.9);

    private final Backend backend = new ReferenceBackend();

    @TempDir
    private Path directory;

    @AfterEach
    void close() {
        backend.close();
    }

    private RunDirectory open(String name, Existing existing) {
        return RunDirectory.open(directory.resolve(name), existing);
    }

    @Test
    void learnsAToyProblem() throws IOException {
        ToyRun run = new ToyRun(backend, Recipe.of(8, 1), 0.2f);
        RunSummary summary = run.into(open("a", Existing.REFUSE));
        assertThat(summary.top1()).isGreaterThan(0.9);
        assertThat(run.evaluate().top1()).isEqualTo(summary.top1());
        JsonNode json = new JsonMapper().readTree(Files.readString(directory.resolve("a/summary.json")));
        assertThat(json.propertyNames())
                .contains("model", "data", "backend", "seed", "epochs", "top1", "loss", "imagesPerSecond", "seconds");
        assertThat(json.get("top1").doubleValue()).isEqualTo(summary.top1());
        assertThat(json.get("epochs").intValue()).isEqualTo(8);
        List<String> metrics = Files.readAllLines(directory.resolve("a/metrics.csv"));
        assertThat(metrics).hasSize(9);
        assertThat(metrics.getFirst())
                .isEqualTo("epoch,learning_rate,train_loss,train_accuracy,loss,top1,images_per_second,seconds");
        SafeTensors last = SafeTensors.read(directory.resolve("a/last.safetensors"));
        assertThat(last.tensors()).isEqualTo(StateDict.of(run.network));
        assertThat(last.metadata()).containsEntry("classes", "3");
        assertThat(directory.resolve("a/best.safetensors")).exists();
    }

    @Test
    void sameSeedSameWeights() throws IOException {
        byte[] one = trained("a", EVERYTHING);
        assertThat(trained("b", EVERYTHING)).isEqualTo(one);
        Recipe other = EVERYTHING.with("seed", 6);
        assertThat(trained("c", other)).isNotEqualTo(one);
    }

    private byte[] trained(String name, Recipe config) throws IOException {
        new ToyRun(backend, config, 0.1f).into(open(name, Existing.REFUSE));
        return Files.readAllBytes(directory.resolve(name).resolve("last.safetensors"));
    }

    @Test
    void aResumedRunEqualsAnUninterruptedOneBitForBit() throws IOException {
        new ToyRun(backend, EVERYTHING, 0.1f).into(open("whole", Existing.REFUSE));
        assertThatThrownBy(() -> new ToyRun(backend, EVERYTHING, 0.1f).into(open("parts", Existing.REFUSE), 1))
                .isInstanceOf(ToyRun.Interruption.class);
        assertThatThrownBy(() -> new ToyRun(backend, EVERYTHING, 0.1f).into(open("parts", Existing.RESUME), 3))
                .isInstanceOf(ToyRun.Interruption.class);
        // As if it had been killed in epoch 4, after its row of metrics and before its checkpoint.
        Path metrics = directory.resolve("parts/metrics.csv");
        Files.writeString(metrics, Files.readString(metrics) + "4,0,0,0,0,0,0,0\n");
        new ToyRun(backend, EVERYTHING, 0.1f).into(open("parts", Existing.RESUME));

        for (String file : List.of("last.safetensors", "best.safetensors", "resume.safetensors")) {
            assertThat(SafeTensors.read(directory.resolve("parts").resolve(file))
                            .tensors())
                    .as(file)
                    .isEqualTo(SafeTensors.read(directory.resolve("whole").resolve(file))
                            .tensors());
        }
        assertThat(untimed(metrics))
                .isEqualTo(untimed(directory.resolve("whole/metrics.csv")))
                .hasSize(5);
    }

    private static List<String> untimed(Path metrics) throws IOException {
        return Files.readAllLines(metrics).stream()
                .map(row -> String.join(",", List.of(row.split(",")).subList(0, 6)))
                .toList();
    }

    @Test
    void resumingACompleteRunChangesNothing() throws IOException {
        RunSummary before = new ToyRun(backend, EVERYTHING, 0.1f).into(open("a", Existing.REFUSE));
        byte[] weights = Files.readAllBytes(directory.resolve("a/last.safetensors"));
        RunSummary after = new ToyRun(backend, EVERYTHING, 0.1f).into(open("a", Existing.RESUME));
        assertThat(after).isEqualTo(before);
        assertThat(Files.readAllBytes(directory.resolve("a/last.safetensors"))).isEqualTo(weights);
    }

    @Test
    void aRunIsNotResumedWithOtherSettings() {
        new ToyRun(backend, EVERYTHING, 0.1f).into(open("a", Existing.REFUSE));
        Recipe other = EVERYTHING.with("seed", 6);
        assertThatThrownBy(() -> new ToyRun(backend, other, 0.1f).into(open("a", Existing.RESUME)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("begun with seed 5, not 6");
        Recipe withoutAverage = EVERYTHING.with("ema", 0);
        assertThatThrownBy(() -> new ToyRun(backend, withoutAverage, 0.1f).into(open("a", Existing.RESUME)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("begun with ema 0.9, not 0.0");
    }

    /** Whatever it is that differs: the recipe is compared as a whole, and so are optimizer, schedule and loss. */
    @Test
    void aRunIsNotResumedWithAnotherRecipe() {
        Recipe begun = EVERYTHING.with("epochs", 1);
        new ToyRun(backend, begun, 0.1f).into(open("a", Existing.REFUSE));
        Map<String, Object> others = Map.ofEntries(
                Map.entry("epochs", 5),
                Map.entry("lr", 0.2),
                Map.entry("optimizer", "adam"),
                Map.entry("momentum", 0.8),
                Map.entry("weight-decay", 0.3),
                Map.entry("schedule", "cosine"),
                Map.entry("warmup-epochs", 0.5),
                Map.entry("label-smoothing", 0.2),
                Map.entry("ema", 0.8),
                Map.entry("dropout", 0.1),
                Map.entry("drop-path", 0.1),
                Map.entry("freeze", "1.0"),
                Map.entry("layer-decay", 0.5),
                Map.entry("accumulate", 2),
                Map.entry("clip", 3),
                Map.entry("sync-every", 3),
                Map.entry("outer-lr", 0.6),
                Map.entry("outer-momentum", 0.8),
                Map.entry("seed", 6));
        others.forEach((name, value) -> {
            Recipe other = begun.with(name, value);
            assertThatThrownBy(() -> new ToyRun(backend, other, 0.1f).into(open("a", Existing.RESUME)))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("begun with " + name + " ");
        });
        // The batch is that of the loader, times the shards, and norms that see all shards do not go with accumulation.
        assertThat(others).hasSize(begun.toMap().size() - 3);
    }

    /** Where the steps so far are those that a longer run takes, the short run and its continuation are the long run. */
    @ParameterizedTest
    @CsvSource({"constant, 0, 1", "cosine, 1.5, 1", "constant, 1, 2"})
    void aRunGrowsToTheBitsOfTheLongerOne(String schedule, double warmUp, int epochs) throws IOException {
        Recipe longer = EVERYTHING
                .with("schedule", schedule)
                .with("warmup-epochs", warmUp)
                .with("epochs", 3);
        new ToyRun(backend, longer, 0.1f).intoAsTheRecipeSays(open("whole", Existing.REFUSE));
        new ToyRun(backend, longer.with("epochs", epochs > warmUp ? epochs : epochs + 1), 0.1f)
                .breakingOffAfter(epochs)
                .intoAsTheRecipeSays(open("grown", Existing.REFUSE));
        ByteArrayOutputStream notes = new ByteArrayOutputStream();
        new ToyRun(backend, longer, 0.1f).reporting(notes).intoAsTheRecipeSays(open("grown", Existing.RESUME));
        assertThat(notes.toString(StandardCharsets.UTF_8)).contains("grows to 3");
        assertThat(SafeTensors.read(directory.resolve("grown/last.safetensors")).tensors())
                .isEqualTo(SafeTensors.read(directory.resolve("whole/last.safetensors"))
                        .tensors());
    }

    @ParameterizedTest
    @ValueSource(strings = {"one-cycle", "cosine"})
    void aRunWhoseRatesWouldHaveBeenOthersDoesNotGrow(String schedule) {
        Recipe begun = EVERYTHING.with("schedule", schedule).with("epochs", 2);
        new ToyRun(backend, begun, 0.1f).intoAsTheRecipeSays(open("a", Existing.REFUSE));
        assertThatThrownBy(() -> new ToyRun(backend, begun.with("epochs", 3), 0.1f)
                        .intoAsTheRecipeSays(open("a", Existing.RESUME)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("begun with epochs 2 and cannot grow to 3")
                .hasMessageContaining("constant");
        assertThatThrownBy(() -> new ToyRun(backend, begun.with("epochs", 1), 0.1f)
                        .intoAsTheRecipeSays(open("a", Existing.RESUME)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("begun with epochs 2, not 1");
    }

    @Test
    void aRunIsNotResumedWithAnotherOptimizerScheduleOrLoss() {
        new ToyRun(backend, EVERYTHING, 0.1f).into(open("a", Existing.REFUSE));
        assertThatThrownBy(() -> new ToyRun(backend, EVERYTHING, 0.2f).into(open("a", Existing.RESUME)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("begun with schedule in use OneCycle[maxRate=0.1");
        ToyRun toy = new ToyRun(backend, EVERYTHING, 0.1f);
        Trainer.Setup setup = toy.setup();
        for (Trainer.Setup other : List.of(
                setup.withLoss((outputs, labels) -> Loss.crossEntropy(0.1).of(outputs, labels)),
                setup.withLoss(Loss.crossEntropy(0.2)),
                new Trainer.Setup(
                        setup.network(),
                        new Sgd(ParameterGroup.single(setup.network().parameters(), 1e-4f), 0.9f, true),
                        setup.schedule(),
                        setup.loss(),
                        setup.train(),
                        setup.validation(),
                        setup.recipe()))) {
            assertThatThrownBy(() -> toy.into(open("a", Existing.RESUME), other))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageMatching(".*begun with (loss|optimizer in use) .*");
        }
    }

    @Test
    void aDivergingRunSaysWhatToDo() {
        assertThatThrownBy(() -> new ToyRun(backend, Recipe.of(3, 1), 1e30f).into(open("a", Existing.REFUSE)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("lower learning rate");
    }

    @Test
    void liveBytesAreFlat() {
        ToyRun run = new ToyRun(backend, EVERYTHING, 0.1f);
        long before = backend.liveBytes();
        run.into(open("a", Existing.REFUSE));
        run.network.train();
        assertThat(backend.liveBytes()).isEqualTo(before);
        run.optimizer.close();
        run.network.close();
        assertThat(backend.liveBytes()).isZero();
    }

    @Test
    void durationsAreReadable() {
        assertThat(Progress.duration(42.4)).isEqualTo("0:42");
        assertThat(Progress.duration(3909)).isEqualTo("1:05:09");
    }
}
