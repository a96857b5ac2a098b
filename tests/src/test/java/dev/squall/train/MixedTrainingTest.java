package dev.squall.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.backend.Backend;
import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.error.BadInputException;
import dev.squall.io.SafeTensors;
import dev.squall.op.Scale;
import dev.squall.tensor.HalfFormat;
import dev.squall.train.RunDirectory.Existing;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole runs in mixed precision. */
@Tag("fast")
class MixedTrainingTest {
    private static final Recipe RECIPE =
            Recipe.of(6, 1).with("accumulate", 2).with("clip", 2).with("ema", 0.9);

    private final Backend backend = new ReferenceBackend(HalfFormat.FP16);

    @TempDir
    private Path directory;

    @AfterEach
    void close() {
        backend.close();
    }

    private RunDirectory open(String name, Existing existing) {
        return RunDirectory.open(directory.resolve(name), existing);
    }

    private SafeTensors resumable(String name) {
        return SafeTensors.read(directory.resolve(name).resolve("resume.safetensors"));
    }

    @Test
    void learnsAToyProblemAndSaysItsScale() {
        ByteArrayOutputStream notes = new ByteArrayOutputStream();
        long before = backend.liveBytes();
        ToyRun run = new ToyRun(backend, Recipe.of(8, 1), 0.2f).reporting(notes);
        RunSummary summary = run.into(open("a", Existing.REFUSE));
        assertThat(summary.top1()).isGreaterThan(0.9);
        assertThat(notes.toString(StandardCharsets.UTF_8)).contains("the loss scale is 65536 after epoch 1");
        assertThat(backend.liveBytes()).isGreaterThan(before);
    }

    @Test
    void bf16LearnsItWithoutAScale() {
        ByteArrayOutputStream notes = new ByteArrayOutputStream();
        try (Backend bf16 = new ReferenceBackend(HalfFormat.BF16)) {
            ToyRun run = new ToyRun(bf16, Recipe.of(8, 1), 0.2f).reporting(notes);
            assertThat(run.into(open("a", Existing.REFUSE)).top1()).isGreaterThan(0.9);
        }
        assertThat(notes.toString(StandardCharsets.UTF_8)).doesNotContain("scale");
    }

    @Test
    void aResumedRunEqualsAnUninterruptedOneBitForBit() {
        new ToyRun(backend, RECIPE, 0.1f).into(open("whole", Existing.REFUSE));
        assertThatThrownBy(() -> new ToyRun(backend, RECIPE, 0.1f).into(open("parts", Existing.REFUSE), 2))
                .isInstanceOf(ToyRun.Interruption.class);
        new ToyRun(backend, RECIPE, 0.1f).into(open("parts", Existing.RESUME));
        assertThat(resumable("parts").tensors()).isEqualTo(resumable("whole").tensors());
        assertThat(scaleOf("parts")).isEqualTo(scaleOf("whole"));
    }

    private String scaleOf(String name) {
        return resumable(name).metadata().get("state").replaceFirst("(?s).*\"lossScale\":(\\{[^}]*\\}).*", "$1");
    }

    @Test
    void aRunGoesOnOnlyInThePrecisionThatItWasBegunWith() {
        assertThatThrownBy(() -> new ToyRun(backend, RECIPE, 0.1f).into(open("a", Existing.REFUSE), 2))
                .isInstanceOf(ToyRun.Interruption.class);
        try (Backend single = new ReferenceBackend()) {
            assertThatThrownBy(() -> new ToyRun(single, RECIPE, 0.1f).into(open("a", Existing.RESUME)))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("was begun with activations FP16, not FP32");
        }
    }

    /** A loss that is thousands of times larger overflows, until its scale is as many times smaller. */
    @Test
    void stepsThatOverflowAreLeftOutAndTheScaleFalls() {
        ByteArrayOutputStream notes = new ByteArrayOutputStream();
        ToyRun run = new ToyRun(backend, Recipe.of(8, 1), 0.2f / 8192).reporting(notes);
        Trainer.Setup setup = run.setup();
        Loss large = (logits, labels) -> Scale.scale(8192, setup.loss().of(logits, labels));
        RunSummary summary = run.into(open("a", Existing.REFUSE), setup.withLoss(large));
        assertThat(notes.toString(StandardCharsets.UTF_8)).containsPattern("\\d steps of epoch 1 were left out");
        assertThat(summary.top1()).isGreaterThan(0.9);
        assertThat(Double.parseDouble(scaleOf("a").replaceFirst(".*\"scale\":([\\d.E]+).*", "$1")))
                .isLessThan(65536);
        assertThat(StateDict.of(run.network)).isNotEqualTo(Map.of());
    }
}
