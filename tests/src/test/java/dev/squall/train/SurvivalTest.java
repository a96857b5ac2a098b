package dev.squall.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Backends;
import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.error.BadInputException;
import dev.squall.io.ElementType;
import dev.squall.io.HostTensor;
import dev.squall.io.SafeTensors;
import dev.squall.train.RunDirectory.Existing;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What may happen to a run and its files: it goes on to the same bits, or says in a sentence why it does not. */
@Tag("fast")
class SurvivalTest {
    private static final Recipe CONFIG = Recipe.of(3, 5)
            .with("label-smoothing", 0.1)
            .with("clip", 2)
            .with("accumulate", 3)
            .with("ema", 0.9);

    private final Backend backend = new ReferenceBackend();

    @TempDir
    private Path directory;

    private Map<String, HostTensor> expected;

    @BeforeEach
    void trainWithoutInterruption() {
        run("whole", Existing.REFUSE, RunOptions.DEFAULT);
        expected = weights("whole");
    }

    @AfterEach
    void close() {
        backend.close();
    }

    private RunSummary run(String name, Existing existing, RunOptions options) {
        return new ToyRun(backend, CONFIG, 0.1f)
                .with(options)
                .into(RunDirectory.open(directory.resolve(name), existing));
    }

    private Map<String, HostTensor> weights(String name) {
        return SafeTensors.read(directory.resolve(name).resolve("last.safetensors"))
                .tensors();
    }

    /** Asked after each of 3 steps and before each of 2 batches of the evaluation, epoch by epoch. */
    private static RunOptions stoppingAt(int question) {
        AtomicInteger asked = new AtomicInteger();
        return RunOptions.DEFAULT.withStop(() -> asked.incrementAndGet() == question);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 8, 9, 10, 13})
    void goesOnFromAnyStepToTheSameBits(int question) throws IOException {
        assertThatThrownBy(() -> run("parts", Existing.REFUSE, stoppingAt(question)))
                .isInstanceOf(RunStoppedException.class)
                .hasMessageContaining("can be resumed");
        // Again at once, so that nothing depends on how long the parts are.
        assertThatThrownBy(() -> run("parts", Existing.RESUME, stoppingAt(1))).isInstanceOf(RunStoppedException.class);

        run("parts", Existing.RESUME, RunOptions.DEFAULT);

        assertThat(weights("parts")).isEqualTo(expected);
        assertThat(untimed("parts")).isEqualTo(untimed("whole"));
    }

    @Test
    void goingOnWithAnotherBackendIsToldOnceAndWithTheSameIsNot() {
        assertThatThrownBy(() -> run("parts", Existing.REFUSE, stoppingAt(2))).isInstanceOf(RunStoppedException.class);
        assertThat(told(backend, 2)).isEmpty();
        try (Backend other = Backends.open("jvm", BackendOptions.DEFAULT).backend()) {
            assertThat(told(other, 2))
                    .contains("computed by reference (plain loops in double precision) and goes on by jvm with ")
                    .contains("-bit vectors, so that the last bits");
            assertThat(told(other, 2)).isEmpty();
        }
    }

    /** What resuming the run and stopping it again writes. */
    private String told(Backend computing, int question) {
        ByteArrayOutputStream notes = new ByteArrayOutputStream();
        assertThatThrownBy(() -> new ToyRun(computing, CONFIG, 0.1f)
                        .with(stoppingAt(question))
                        .reporting(notes)
                        .into(RunDirectory.open(directory.resolve("parts"), Existing.RESUME)))
                .isInstanceOf(RunStoppedException.class);
        return notes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void checkpointsWithinAnEpochChangeNothing() throws IOException {
        run("parts", Existing.REFUSE, RunOptions.DEFAULT.withCheckpointSeconds(1e-9));

        assertThat(weights("parts")).isEqualTo(expected);
    }

    private List<String> untimed(String name) throws IOException {
        return Files.readAllLines(directory.resolve(name).resolve("metrics.csv")).stream()
                .map(row -> String.join(",", List.of(row.split(",")).subList(0, 6)))
                .toList();
    }

    /** A run that has come to the middle of epoch 2, with a whole checkpoint and the one before it. */
    private Path interrupted() {
        assertThatThrownBy(() -> run("parts", Existing.REFUSE, stoppingAt(7))).isInstanceOf(RunStoppedException.class);
        return directory.resolve("parts");
    }

    @Test
    void anyFlippedBitIsFoundAndTheCheckpointBeforeIsTaken() throws IOException {
        Path parts = interrupted();
        byte[] whole = Files.readAllBytes(parts.resolve("resume.safetensors"));
        Random random = new Random(7);
        for (int i = 0; i < 40; i++) {
            byte[] flipped = whole.clone();
            flipped[random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(8));
            Files.write(parts.resolve("resume.safetensors"), flipped);
            assertThatThrownBy(() -> SafeTensors.readOwn(parts.resolve("resume.safetensors")))
                    .isInstanceOf(BadInputException.class);
        }
        ByteArrayOutputStream notes = new ByteArrayOutputStream();

        new ToyRun(backend, CONFIG, 0.1f).reporting(notes).into(RunDirectory.open(parts, Existing.RESUME));

        assertThat(notes.toString(StandardCharsets.UTF_8))
                .contains("resume.safetensors")
                .contains("goes on from the one before");
        assertThat(parts.resolve("resume-damaged.safetensors")).exists();
        assertThat(weights("parts")).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "{}", "cut"})
    void anyOtherDamageIsFoundToo(String contents) throws IOException {
        Path parts = interrupted();
        Path resume = parts.resolve("resume.safetensors");
        byte[] whole = Files.readAllBytes(resume);
        Files.write(
                resume,
                contents.equals("cut")
                        ? Arrays.copyOf(whole, whole.length / 2)
                        : contents.getBytes(StandardCharsets.UTF_8));

        run("parts", Existing.RESUME, RunOptions.DEFAULT);

        assertThat(weights("parts")).isEqualTo(expected);
    }

    @Test
    void killedBetweenTheTwoMoves() throws IOException {
        Path parts = interrupted();
        Files.delete(parts.resolve("resume.safetensors"));

        run("parts", Existing.RESUME, RunOptions.DEFAULT);

        assertThat(weights("parts")).isEqualTo(expected);
    }

    @Test
    void twoDamagedCheckpointsAreOneSentence() throws IOException {
        Path parts = interrupted();
        Files.writeString(parts.resolve("resume.safetensors"), "neither");
        Files.writeString(parts.resolve("resume-before.safetensors"), "nor");

        assertThatThrownBy(() -> run("parts", Existing.RESUME, RunOptions.DEFAULT))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("resume.safetensors")
                .hasMessageContaining("resume-before.safetensors")
                .hasMessageEndingWith("start the run anew");
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "[]", "{}", "{\"epochs\":-1}", "\u0000"})
    void aStateThatIsNoneIsRefusedInASentence(String state) throws IOException {
        assertRefused(interrupted(), state);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"epochs\":1       | \"epochs\":-1",
                "\"epochs\":1       | \"epochs\":2000000000",
                "\"batches\":6      | \"batches\":-3",
                "\"batches\":6      | \"batches\":3000",
                "\"images\":72      | \"images\":null",
                "\"images\":72      | \"images\":-72",
                "\"lossSum\":       | \"lossSum\":1e999,\"x\":",
                "\"steps\":5        | \"steps\":-4",
                "\"bestEpoch\":1    | \"bestEpoch\":7",
                "\"seconds\":       | \"seconds\":-1e9,\"x\":",
                "\"part\":          | \"y\":",
                "\"metrics\":[      | \"metrics\":[null,",
                "\"metrics\":       | \"z\":"
            })
    void anImpossibleStateIsRefusedInASentence(String from, String to) throws IOException {
        Path parts = interrupted();
        String state =
                SafeTensors.read(parts.resolve("resume.safetensors")).metadata().get("state");
        assertThat(state).contains(from);
        assertRefused(parts, state.replaceFirst(Pattern.quote(from), to));
    }

    private void assertRefused(Path parts, String state) throws IOException {
        Path resume = parts.resolve("resume.safetensors");
        SafeTensors stored = SafeTensors.read(resume);
        Map<String, String> texts = new LinkedHashMap<>(stored.metadata());
        texts.put("state", state);
        SafeTensors.write(resume, stored.tensors(), texts);
        Files.delete(parts.resolve("resume-before.safetensors"));

        assertThatThrownBy(() -> run("parts", Existing.RESUME, RunOptions.DEFAULT))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("resume.safetensors is damaged")
                .hasMessageContaining("how far its run has come");
    }

    @Test
    void aNanInACheckpointIsRefused() throws IOException {
        Path parts = interrupted();
        Path resume = parts.resolve("resume.safetensors");
        SafeTensors stored = SafeTensors.read(resume);
        Map<String, HostTensor> tensors = new LinkedHashMap<>(stored.tensors());
        String first = tensors.keySet().stream()
                .filter(name -> tensors.get(name).type() == ElementType.F32)
                .findFirst()
                .orElseThrow();
        float[] values = tensors.get(first).floats();
        values[0] = Float.NaN;
        tensors.put(first, HostTensor.ofFloats(values, tensors.get(first).shape()));
        SafeTensors.write(resume, tensors, stored.metadata());

        assertThatThrownBy(() -> run("parts", Existing.RESUME, RunOptions.DEFAULT))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("not finite")
                .hasMessageContaining(first);
    }

    @ParameterizedTest
    @ValueSource(strings = {"metrics.csv", "summary.json", "last.safetensors", "best.safetensors"})
    void noOtherFileIsNeededToGoOn(String name) throws IOException {
        Path file = interrupted().resolve(name);
        Files.delete(file);
        run("parts", Existing.RESUME, RunOptions.DEFAULT);
        assertThat(weights("parts")).isEqualTo(expected);
        assertThat(untimed("parts")).isEqualTo(untimed("whole"));
        assertThat(file).exists();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "epoch,learning_rate\n1,0.1", "\u0000\u0001\"\u00ff\u0000"})
    void damagedMetricsAreWrittenAnewFromTheCheckpoint(String contents) throws IOException {
        Files.writeString(interrupted().resolve("metrics.csv"), contents);
        run("parts", Existing.RESUME, RunOptions.DEFAULT);
        assertThat(untimed("parts")).isEqualTo(untimed("whole"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"metrics.csv", "summary.json", "last.safetensors", "best.safetensors"})
    void aFinishedRunHasAllItsFilesAgain(String name) throws IOException {
        byte[] metrics = Files.readAllBytes(directory.resolve("whole/metrics.csv"));
        Files.delete(directory.resolve("whole").resolve(name));

        RunSummary summary = run("whole", Existing.RESUME, RunOptions.DEFAULT);

        assertThat(directory.resolve("whole").resolve(name)).exists();
        assertThat(RunSummary.read(directory.resolve("whole/summary.json"))).isEqualTo(summary);
        assertThat(directory.resolve("whole/metrics.csv")).hasBinaryContent(metrics);
        assertThat(weights("whole")).isEqualTo(expected);
    }

    @Test
    void aFinishedRunWhoseBestWeightsAreGoneHasItsLast() throws IOException {
        Files.delete(directory.resolve("whole/best.safetensors"));

        RunSummary summary = run("whole", Existing.RESUME, RunOptions.DEFAULT);

        assertThat(summary.bestEpoch()).isEqualTo(3);
        assertThat(SafeTensors.read(directory.resolve("whole/best.safetensors")).tensors())
                .isEqualTo(expected);
    }

    @Test
    void otherDataAreRefusedByTheirContents() {
        interrupted();
        assertThatThrownBy(() -> new ToyRun(backend, CONFIG, 0.1f, 60)
                        .into(RunDirectory.open(directory.resolve("parts"), Existing.RESUME)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("begun with training images 90 of 2x8x8 in 3 classes")
                .hasMessageContaining("not 60 of 2x8x8");
    }

    @Test
    void theRunEndsWhenTheTop1NoLongerRises() throws IOException {
        ToyRun toy = new ToyRun(backend, Recipe.of(40, 1), 0.2f).with(RunOptions.DEFAULT.withPatience(2));

        RunSummary summary = toy.into(RunDirectory.open(directory.resolve("early"), Existing.REFUSE));

        assertThat(summary.epochs()).isLessThan(40).isEqualTo(summary.bestEpoch() + 2);
        assertThat(Files.readAllLines(directory.resolve("early/metrics.csv"))).hasSize(summary.epochs() + 1);
    }

    @Test
    void aStepThatIsNotFiniteIsLeftOut() throws IOException {
        ToyRun toy =
                new ToyRun(backend, Recipe.of(3, 1), 0.1f, 90, 17).with(RunOptions.DEFAULT.withSkipsNonFinite(true));
        ByteArrayOutputStream notes = new ByteArrayOutputStream();

        RunSummary summary = toy.reporting(notes).into(RunDirectory.open(directory.resolve("skips"), Existing.REFUSE));

        assertThat(summary.epochs()).isEqualTo(3);
        assertThat(notes.toString(StandardCharsets.UTF_8)).contains("1 step of epoch 1 was left out");
        assertThat(SafeTensors.read(directory.resolve("skips/last.safetensors"))
                        .tensors()
                        .values())
                .allMatch(HostTensor::isFinite);
    }

    @Test
    void withoutThatItEndsTheRunAndNamesTheImages() {
        ToyRun toy = new ToyRun(backend, Recipe.of(3, 1), 0.1f, 90, 17);

        assertThatThrownBy(() -> toy.into(RunDirectory.open(directory.resolve("ends"), Existing.REFUSE)))
                .isInstanceOf(BadInputException.class)
                .hasMessageMatching(
                        "the loss is NaN in epoch 1 after step \\d on images .*; choose a lower learning rate.*");
    }

    @Test
    void aRunThatCanOnlySkipEnds() {
        ToyRun toy = new ToyRun(backend, Recipe.of(9, 1), 1e30f).with(RunOptions.DEFAULT.withSkipsNonFinite(true));

        assertThatThrownBy(() -> toy.into(RunDirectory.open(directory.resolve("ends"), Existing.REFUSE)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("10 steps in a row were not finite");
    }
}
