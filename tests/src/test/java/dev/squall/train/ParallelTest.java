package dev.squall.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Backends;
import dev.squall.error.BadInputException;
import dev.squall.io.SafeTensors;
import dev.squall.train.RunDirectory.Existing;
import dev.squall.train.parallel.CommunicationException;
import dev.squall.train.parallel.Communicator;
import dev.squall.train.parallel.LocalCommunicator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several workers, threads of this process, train one network. */
@Tag("fast")
class ParallelTest {
    private static final Recipe CONFIG = Recipe.of(2, 5).with("label-smoothing", 0.1);

    @TempDir
    private Path directory;

    /** 96 images in passes of 12: with 4 shards two steps an epoch, with 3 and accumulation a last one of two shards. */
    @ParameterizedTest
    @CsvSource({"jvm, 4, 1", "jvm, 6, 1", "jvm, 2, 3", "reference, 4, 1"})
    void weightsDoNotDependOnTheNumberOfWorkers(String backend, int shards, int accumulate) throws IOException {
        Recipe recipe = CONFIG.with("batch", 12 * shards)
                .with("shards", shards)
                .with("accumulate", accumulate)
                .with("clip", 2)
                .with("ema", 0.9);
        train("1", backend, recipe, 1, Existing.REFUSE, run -> run);
        for (int workers : new int[] {2, 3, 4}) {
            if (workers <= shards * accumulate) {
                String name = Integer.toString(workers);
                train(name, backend, recipe, workers, Existing.REFUSE, run -> run);
                assertEqual(name, "1");
            }
        }
    }

    /** 8 passes of 12 images: with 3 shards, the last step has two, and the third worker only keeps step. */
    @ParameterizedTest
    @CsvSource({"4", "3"})
    void normsThatSeeAllShardsDependOnTheirNumberAlone(int shards) throws IOException {
        Recipe recipe = CONFIG.with("batch", 12 * shards).with("shards", shards).with("sync-bn", true);
        for (int workers = 1; workers <= shards; workers++) {
            String name = Integer.toString(workers);
            train(name, "jvm", recipe, workers, Existing.REFUSE, run -> run);
            assertEqual(name, "1");
        }
    }

    private void assertEqual(String run, String other) throws IOException {
        for (String file : List.of("last.safetensors", "best.safetensors", "resume.safetensors")) {
            assertThat(SafeTensors.read(directory.resolve(run).resolve(file)).tensors())
                    .as("%s of %s", file, run)
                    .isEqualTo(SafeTensors.read(directory.resolve(other).resolve(file))
                            .tensors());
        }
        assertThat(untimed(run)).isEqualTo(untimed(other));
    }

    private List<String> untimed(String run) throws IOException {
        return Files.readAllLines(directory.resolve(run).resolve("metrics.csv")).stream()
                .map(row -> String.join(",", List.of(row.split(",")).subList(0, 6)))
                .toList();
    }

    @Test
    void aRunGoesOnWithOtherWorkersToTheSameBits() throws IOException {
        Recipe recipe = CONFIG.with("batch", 48).with("shards", 4);
        train("whole", "jvm", recipe, 1, Existing.REFUSE, run -> run);
        // The third step of four is the last one for now, wherever that is asked for.
        assertThatThrownBy(() -> train("parts", "jvm", recipe, 2, Existing.REFUSE, ParallelTest::stopping))
                .hasRootCauseInstanceOf(RunStoppedException.class);
        train("parts", "jvm", recipe, 4, Existing.RESUME, run -> run);
        assertEqual("parts", "whole");
    }

    private static ToyRun stopping(ToyRun run) {
        return run.with(RunOptions.DEFAULT.withStop(() -> run.optimizer.steps() == 2));
    }

    @Test
    void aStepThatIsNotFiniteIsLeftOutByAll() throws IOException {
        skipsOnAll(CONFIG.with("epochs", 1).with("batch", 48).with("shards", 4));
    }

    @Test
    void aStepThatIsNotFiniteIsLeftOutWhereNormsSeeAll() throws IOException {
        skipsOnAll(CONFIG.with("epochs", 1).with("batch", 48).with("shards", 4).with("sync-bn", true));
    }

    private void skipsOnAll(Recipe recipe) throws IOException {
        RunOptions skipping = RunOptions.DEFAULT.withSkipsNonFinite(true);
        for (int workers : new int[] {1, 2}) {
            List<Communicator> communicators = LocalCommunicator.of(workers);
            each(workers, rank -> {
                try (Backend backend = open("jvm")) {
                    new ToyRun(backend, recipe, 0.1f, 96, 17)
                            .with(skipping)
                            .into(directory("poisoned" + workers, rank, Existing.REFUSE), communicators.get(rank));
                }
            });
        }
        assertEqual("poisoned2", "poisoned1");
        // One of the two steps.
        assertThat(SafeTensors.readOwn(directory.resolve("poisoned1").resolve("resume.safetensors"))
                        .metadata()
                        .get("state"))
                .contains("\"steps\":1");
    }

    @Test
    void nobodyWaitsForAWorkerThatHasFailed() {
        Recipe recipe = CONFIG.with("batch", 48).with("shards", 4);
        List<Communicator> communicators = LocalCommunicator.of(2);
        List<Throwable> failures = new ArrayList<>();
        each(2, rank -> {
            Recipe own = rank == 0 ? recipe : recipe.with("seed", 6);
            try (Backend backend = open("jvm");
                    Communicator communicator = communicators.get(rank)) {
                new ToyRun(backend, own, 0.1f, 96).into(directory("a", rank, Existing.REFUSE), communicator);
            } catch (BadInputException | CommunicationException e) {
                synchronized (failures) {
                    failures.add(e);
                }
            }
        });
        assertThat(failures)
                .hasSize(2)
                .anySatisfy(e -> assertThat(e).hasMessageContaining("worker 1 would not do what worker 0 does"))
                .anySatisfy(e -> assertThat(e).hasMessageContaining("another worker has ended"));
    }

    @Test
    void thereIsAShardForEachWorker() {
        List<Communicator> communicators = LocalCommunicator.of(2);
        try (Backend backend = open("reference")) {
            ToyRun run = new ToyRun(backend, CONFIG, 0.1f);
            assertThatThrownBy(() -> run.into(directory("a", 0, Existing.REFUSE), communicators.getFirst()))
                    .isInstanceOf(BadInputException.class)
                    .hasMessage("the 2 workers need at least as many shards, not 1");
        }
        assertThatThrownBy(() -> CONFIG.with("batch", 10).with("shards", 4))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("batch 10 cannot be cut into 4 shards");
    }

    private void train(
            String name, String backend, Recipe recipe, int workers, Existing existing, UnaryOperator<ToyRun> options) {
        List<Communicator> communicators = LocalCommunicator.of(workers);
        each(workers, rank -> {
            try (Backend own = open(backend);
                    Communicator communicator = communicators.get(rank)) {
                options.apply(new ToyRun(own, recipe, 0.1f, 96)).into(directory(name, rank, existing), communicator);
            }
        });
    }

    private RunDirectory directory(String name, int rank, Existing existing) {
        return rank == 0 ? RunDirectory.open(directory.resolve(name), existing) : null;
    }

    private static Backend open(String name) {
        return Backends.open(name, BackendOptions.DEFAULT.withThreads(1)).backend();
    }

    /** What a worker does. */
    private interface Worker {
        void run(int rank);
    }

    private static void each(int workers, Worker worker) {
        try (ExecutorService threads = Executors.newFixedThreadPool(workers)) {
            List<Future<?>> results = new ArrayList<>();
            for (int rank = 0; rank < workers; rank++) {
                int own = rank;
                results.add(threads.submit(() -> worker.run(own)));
            }
            for (Future<?> result : results) {
                result.get();
            }
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }
}
