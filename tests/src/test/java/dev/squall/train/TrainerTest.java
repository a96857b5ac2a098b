package dev.squall.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.backend.Backend;
import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.error.BadInputException;
import dev.squall.io.SafeTensors;
import dev.squall.train.RunDirectory.Existing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Tag("fast")
class TrainerTest {
    private static final TrainingConfig EVERYTHING = TrainingConfig.of(4, 5)
            .withLabelSmoothing(0.1f)
            .withClipNorm(2f)
            .withAccumulation(3)
            .withAverageDecay(0.9f);

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
        ToyRun run = new ToyRun(backend, TrainingConfig.of(8, 1), 0.2f);
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
        TrainingConfig other = new TrainingConfig(4, 0.1f, 2f, 3, 0.9f, 6);
        assertThat(trained("c", other)).isNotEqualTo(one);
    }

    private byte[] trained(String name, TrainingConfig config) throws IOException {
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
        TrainingConfig other = new TrainingConfig(4, 0.1f, 2f, 3, 0.9f, 6);
        assertThatThrownBy(() -> new ToyRun(backend, other, 0.1f).into(open("a", Existing.RESUME)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("begun with seed 5, not 6");
        TrainingConfig withoutAverage = EVERYTHING.withAverageDecay(0);
        assertThatThrownBy(() -> new ToyRun(backend, withoutAverage, 0.1f).into(open("a", Existing.RESUME)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("average.");
    }

    @Test
    void aDivergingRunSaysWhatToDo() {
        assertThatThrownBy(() -> new ToyRun(backend, TrainingConfig.of(3, 1), 1e30f).into(open("a", Existing.REFUSE)))
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
