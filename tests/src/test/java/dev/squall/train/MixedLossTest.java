package dev.squall.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Backends;
import dev.squall.data.Batch;
import dev.squall.data.BatchTransform;
import dev.squall.data.DataLoader;
import dev.squall.nn.Module;
import dev.squall.nn.NetworkExamples;
import dev.squall.nn.NormKind;
import dev.squall.optim.OneCycle;
import dev.squall.optim.ParameterGroup;
import dev.squall.optim.Sgd;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mixed labels count in the loss by their shares. */
@Tag("fast")
class MixedLossTest {
    @TempDir
    private Path directory;

    @Test
    void theLossIsThatOfBothLabelsByTheirShares() {
        double plain = firstLoss("plain", (batch, random) -> batch);
        double first = firstLoss("first", (batch, random) -> mixed(batch, 1));
        double second = firstLoss("second", (batch, random) -> mixed(batch, 0));
        double both = firstLoss("both", (batch, random) -> mixed(batch, 0.25f));
        assertThat(first).isEqualTo(plain);
        assertThat(second).isNotEqualTo(plain);
        assertThat(both).isCloseTo(0.25 * first + 0.75 * second, org.assertj.core.api.Assertions.within(1e-5));
    }

    private static Batch mixed(Batch batch, float share) {
        int[] others = batch.labels().clone();
        for (int i = 0; i < others.length; i++) {
            others[i] = (others[i] + 1) % 3;
        }
        return new Batch(
                batch.images(), batch.labels(), batch.indices(), batch.shape(), new Batch.Mixed(others, share));
    }

    /** Of one step, which is one epoch, so that the network is the same each time. */
    private double firstLoss(String name, BatchTransform transform) {
        double[] loss = new double[1];
        try (Backend backend =
                        Backends.open("reference", BackendOptions.DEFAULT).backend();
                Module network =
                        NetworkExamples.small(backend, NormKind.INPLACE, 3).initialise(1);
                Sgd optimizer =
                        new Sgd(ParameterGroup.withoutDecayOnBiasesAndNorms(network.parameters(), 0), 0.9f, true);
                RunDirectory files = RunDirectory.open(directory.resolve(name), RunDirectory.Existing.REFUSE)) {
            DataLoader train = DataLoader.builder(ToyRun.bands("toy/train", 12, 1))
                    .batchSize(12)
                    .batchTransforms(List.of(transform))
                    .build();
            DataLoader validation = DataLoader.builder(ToyRun.bands("toy/test", 6, 2))
                    .batchSize(6)
                    .build();
            Recipe recipe = Recipe.of(1, 1);
            Trainer.Setup setup = new Trainer.Setup(
                    network,
                    optimizer,
                    OneCycle.of(0.01f, recipe.steps(train)),
                    Loss.crossEntropy(0),
                    train,
                    validation,
                    recipe);
            RunDescription description = new RunDescription("toy", "bands", "reference", Map.of());
            try (Trainer trainer = new Trainer(setup, description, files, ToyRun.SILENT)) {
                trainer.afterEpoch(metrics -> loss[0] = metrics.trainLoss()).run();
            }
        }
        return loss[0];
    }
}
