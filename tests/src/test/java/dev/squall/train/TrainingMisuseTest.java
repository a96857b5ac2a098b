package dev.squall.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.backend.Backend;
import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.data.BatchTransform;
import dev.squall.data.ByteImageDataset;
import dev.squall.data.DataLoader;
import dev.squall.data.ImageShape;
import dev.squall.error.BadInputException;
import dev.squall.nn.Module;
import dev.squall.nn.NetworkExamples;
import dev.squall.nn.NormKind;
import dev.squall.op.Slice;
import dev.squall.op.Sum;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Tensor;
import dev.squall.train.RunDirectory.Existing;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What programs do with a training that they must not, or that goes wrong in what they hand in: each ends in a sentence, with nothing left over. */
@Tag("fast")
class TrainingMisuseTest {
    private static final Recipe RECIPE = Recipe.of(2, 5).with("batch", 6);

    private final Backend backend = new ReferenceBackend();

    @TempDir
    private Path parent;

    private RunDirectory directory;

    @BeforeEach
    void open() {
        directory = RunDirectory.open(parent.resolve("run"), Existing.REFUSE);
    }

    @AfterEach
    void close() {
        directory.close();
        backend.close();
    }

    /** A network whose results are changed before anybody sees them. */
    private static final class Changed extends Module {
        private final Module network;
        private final UnaryOperator<@Nullable Tensor> change;

        Changed(Module network, UnaryOperator<@Nullable Tensor> change) {
            this.network = child("network", network);
            this.change = change;
        }

        @Override
        protected Tensor compute(Tensor x) {
            return change.apply(network.forward(x));
        }
    }

    private Module network(UnaryOperator<@Nullable Tensor> change) {
        return new Changed(NetworkExamples.small(backend, NormKind.INPLACE, 3), change).initialise(1);
    }

    private static DataLoader.Builder images() {
        return DataLoader.builder(ToyRun.bands("toy", 24, 1)).batchSize(6);
    }

    private Trainer.Setup setup(UnaryOperator<@Nullable Tensor> change, DataLoader loader) {
        return Trainer.Setup.of(network(change), loader, images().build(), RECIPE);
    }

    private Trainer trainer(Trainer.Setup setup) {
        return new Trainer(setup, new RunDescription("toy", "bands", "reference", Map.of()), directory, ToyRun.SILENT);
    }

    private Trainer trainer() {
        return trainer(setup(logits -> logits, images().build()));
    }

    private void assertRefused(Trainer.Setup setup, String sentence) {
        try (Trainer trainer = trainer(setup)) {
            assertThatThrownBy(trainer::run).hasMessageContaining(sentence);
        }
        assertThat(Scope.isOpen()).isFalse();
    }

    @Test
    void aNetworkThatReturnsSomethingElse() {
        DataLoader images = images().build();
        assertRefused(setup(Sum::sum, images), "must return logits [N, classes], returned []");
        assertRefused(setup(logits -> null, images), "compute() of Changed must return a tensor, returned null");
        assertRefused(setup(logits -> Slice.slice(logits, 0, 0, 2, 1), images), "one label for each of the 2 rows");
        assertRefused(setup(Tensor::detach, images), "depends on no parameter that is learned");
    }

    @Test
    void aLossThatIsNone() {
        Trainer.Setup setup = setup(logits -> logits, images().build());
        assertRefused(setup.withLoss((logits, labels) -> null), "must be a tensor of one element, but is null");
        assertRefused(setup.withLoss((logits, labels) -> logits), "must be a tensor of one element, but is [6, 3]");
    }

    @Test
    void batchesThatAreNone() {
        BatchTransform nothing = (batch, random) -> null;
        assertRefused(
                setup(
                        logits -> logits,
                        images().batchTransforms(List.of(nothing)).build()),
                "must return a batch, returned null");
        var none = new ByteImageDataset("nothing", new ImageShape(1, 8, 8), List.of("a"), new byte[0], new byte[0]);
        assertThatThrownBy(DataLoader.builder(none)::build)
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("nothing has no images");
    }

    @Test
    void whatTheirCallsThrowComesThroughAndNothingIsLeftOver() {
        AtomicInteger calls = new AtomicInteger();
        Trainer.Setup setup = setup(
                logits -> {
                    if (calls.incrementAndGet() == 3) {
                        throw new UnsupportedOperationException("their own");
                    }
                    return logits;
                },
                images().build());
        try (Trainer trainer = trainer(setup)) {
            assertThatThrownBy(trainer::run).hasMessage("their own");
            assertThatThrownBy(trainer::run).hasMessageContaining("has run already, and each runs once");
        }
        setup.optimizer().close();
        setup.network().close();
        assertThat(Scope.isOpen()).isFalse();
        assertThat(backend.liveBytes()).isZero();
    }

    @Test
    void aTrainerRunsOnce() {
        try (Trainer trainer = trainer()) {
            trainer.run();
            assertThatThrownBy(trainer::run).hasMessageContaining("has run already, and each runs once");
        }
    }

    @Test
    void aClosedTrainerDoesNotRun() {
        Trainer trainer = trainer();
        trainer.close();
        trainer.close();
        assertThatThrownBy(trainer::run).hasMessageContaining("is closed");
    }

    @Test
    void aTrainerThatRunsIsNeitherClosedNorRunAgain() {
        AtomicReference<Trainer> running = new AtomicReference<>();
        AtomicInteger refused = new AtomicInteger();
        try (Trainer trainer = trainer()) {
            running.set(trainer);
            trainer.afterEpoch(metrics -> {
                assertThatThrownBy(running.get()::close).hasMessageContaining("while it is running");
                assertThatThrownBy(running.get()::run).hasMessageContaining("this trainer is running");
                refused.incrementAndGet();
            });
            trainer.run();
        }
        assertThat(refused).hasValue(2);
    }

    @Test
    void aDirectoryThatIsClosedIsWrittenNoMore() {
        try (Trainer trainer = trainer()) {
            trainer.afterEpoch(metrics -> directory.close());
            assertThatThrownBy(trainer::run).hasMessageContaining("of the run has been closed");
        }
        try (Trainer trainer = trainer()) {
            assertThatThrownBy(trainer::run).hasMessageContaining("of the run has been closed");
        }
    }
}
