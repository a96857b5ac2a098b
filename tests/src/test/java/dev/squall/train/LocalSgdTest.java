package dev.squall.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Backends;
import dev.squall.error.BadInputException;
import dev.squall.io.HostTensor;
import dev.squall.io.SafeTensors;
import dev.squall.train.RunDirectory.Existing;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Copies of a network that take some steps by themselves, and between these an outer step. */
@Tag("fast")
class LocalSgdTest {
    private static final Recipe CONFIG = Recipe.of(3, 5).with("batch", 48).with("shards", 4);

    /** Two steps are an epoch. */
    private static final Recipe ROUNDS = CONFIG.with("sync-every", 2);

    @TempDir
    private Path directory;

    /** Averaging after every step is what synchronous training does, if the outer step goes all the way. */
    @ParameterizedTest
    @CsvSource({"0, 0, 1", "0.9, 0.9, 1", "0.9, 0, 2"})
    void meetingAfterEveryStepIsSynchronousTraining(double momentum, double ema, int accumulate) {
        Recipe synchronous = CONFIG.with("momentum", momentum)
                .with("ema", ema)
                .with("accumulate", accumulate)
                .with("batch", 48 / accumulate)
                .with("shards", 4 / accumulate);
        asTheRecipeSays("synchronous", synchronous);
        asTheRecipeSays(
                "local", synchronous.with("sync-every", 1).with("outer-lr", 1).with("outer-momentum", 0));
        Map<String, HostTensor> expected = weights("synchronous", RunDirectory.LAST);
        Map<String, HostTensor> actual = weights("local", RunDirectory.LAST);
        if (accumulate > 1) {
            // What a copy accumulates moves its running statistics one after the other, and not all from where the step
            // began.
            actual.keySet().removeIf(name -> name.contains("running") || name.endsWith("num_batches_tracked"));
            expected.keySet().retainAll(actual.keySet());
        }
        assertClose(actual, expected);
    }

    private static void assertClose(Map<String, HostTensor> actual, Map<String, HostTensor> expected) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        actual.forEach((name, tensor) -> {
            if (tensor.type().isFloat()) {
                float[] values = tensor.floats();
                float[] others = expected.get(name).floats();
                for (int i = 0; i < values.length; i++) {
                    assertThat(values[i]).as("%s[%d]", name, i).isCloseTo(others[i], within(2e-4f));
                }
            } else {
                assertThat(tensor.longs()).as(name).isEqualTo(expected.get(name).longs());
            }
        });
    }

    /** From the weights w0 of the beginning and those a to which the copies come on average: g = w0 - a, w = w0 - rate (g + momentum g). */
    @Test
    void theOuterStepIsNesterovs() {
        Recipe once = ROUNDS.with("epochs", 1);
        Map<String, float[]> begin = new LinkedHashMap<>();
        try (Backend backend = open()) {
            new ToyRun(backend, once, 0.1f, 96)
                    .network
                    .parameters()
                    .forEach((name, parameter) -> begin.put(name, parameter.toArray()));
        }
        train("averaged", once.with("outer-lr", 1).with("outer-momentum", 0));
        train("outer", once.with("outer-lr", 0.5));
        Map<String, HostTensor> averaged = weights("averaged", RunDirectory.LAST);
        Map<String, HostTensor> moved = weights("outer", RunDirectory.LAST);
        Map<String, HostTensor> state = weights("outer", RunDirectory.RESUME);
        begin.forEach((name, before) -> {
            float[] average = averaged.get(name).floats();
            float[] after = moved.get(name).floats();
            float[] velocity = state.get("outer.momentum." + name).floats();
            for (int i = 0; i < before.length; i++) {
                float gradient = before[i] - average[i];
                assertThat(velocity[i]).as("%s[%d]", name, i).isCloseTo(gradient, within(1e-6f));
                assertThat(after[i]).as(name).isCloseTo(before[i] - 0.95f * gradient, within(1e-6f));
            }
        });
    }

    @Test
    void aRunGoesOnAfterARoundToTheSameBits() {
        Recipe recipe = CONFIG.with("sync-every", 1).with("clip", 1).with("ema", 0.9);
        train("whole", recipe);
        AtomicInteger asked = new AtomicInteger();
        // In the third round, which is given up and then repeated.
        assertThatThrownBy(() -> train(
                        "parts",
                        recipe,
                        Existing.REFUSE,
                        run -> run.with(RunOptions.DEFAULT.withStop(() -> asked.incrementAndGet() == 13))))
                .isInstanceOf(RunStoppedException.class);
        train("parts", recipe, Existing.RESUME, run -> run);
        for (String file : new String[] {RunDirectory.LAST, RunDirectory.BEST, RunDirectory.RESUME}) {
            assertThat(weights("parts", file)).as(file).isEqualTo(weights("whole", file));
        }
    }

    @Test
    void itLearnsAsMuchAsSynchronousTraining() {
        RunSummary synchronous = train("synchronous", CONFIG, 480);
        RunSummary local = train("local", CONFIG.with("sync-every", 5), 480);
        assertThat(local.bestTop1()).isCloseTo(synchronous.bestTop1(), within(0.02));
        assertThat(local.bestTop1()).isGreaterThan(0.9);
    }

    @Test
    void aCopyLeavesOutAStepThatIsNotFinite() {
        assertThatThrownBy(() -> poisoned("ended", RunOptions.DEFAULT))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("the loss is NaN in epoch 1");
        RunSummary summary = poisoned("skipped", RunOptions.DEFAULT.withSkipsNonFinite(true));
        assertThat(summary.epochs()).isEqualTo(ROUNDS.epochs());
    }

    private RunSummary poisoned(String name, RunOptions options) {
        try (Backend backend = open()) {
            return new ToyRun(backend, ROUNDS, 0.1f, 96, 17)
                    .with(options)
                    .into(RunDirectory.open(directory.resolve(name), Existing.REFUSE));
        }
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThatThrownBy(() -> ROUNDS.with("sync-bn", true))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("sync-every keeps apart");
        assertThatThrownBy(() -> CONFIG.with("sync-every", -1)).hasMessageContaining("sync-every must be at least 0");
        assertThatThrownBy(() -> train("few", ROUNDS.with("accumulate", 3)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("12 passes, but an epoch has only 8");
    }

    private RunSummary train(String name, Recipe recipe, int images) {
        try (Backend backend = open()) {
            return new ToyRun(backend, recipe.with("epochs", 6), 0.1f, images)
                    .into(RunDirectory.open(directory.resolve(name), Existing.REFUSE));
        }
    }

    private RunSummary train(String name, Recipe recipe) {
        return train(name, recipe, Existing.REFUSE, run -> run);
    }

    private RunSummary train(String name, Recipe recipe, Existing existing, UnaryOperator<ToyRun> options) {
        try (Backend backend = open()) {
            return options.apply(new ToyRun(backend, recipe, 0.1f, 96))
                    .into(RunDirectory.open(directory.resolve(name), existing));
        }
    }

    private RunSummary asTheRecipeSays(String name, Recipe recipe) {
        try (Backend backend = open()) {
            new ToyRun(backend, recipe, 0.1f, 96)
                    .intoAsTheRecipeSays(RunDirectory.open(directory.resolve(name), Existing.REFUSE));
        }
        return RunSummary.read(directory.resolve(name).resolve(RunDirectory.SUMMARY));
    }

    private Map<String, HostTensor> weights(String run, String file) {
        return new LinkedHashMap<>(
                SafeTensors.readOwn(directory.resolve(run).resolve(file)).tensors());
    }

    private static Backend open() {
        return Backends.open("jvm", BackendOptions.DEFAULT.withThreads(1)).backend();
    }
}
