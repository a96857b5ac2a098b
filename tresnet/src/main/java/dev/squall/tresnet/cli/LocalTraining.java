package dev.squall.tresnet.cli;

import dev.squall.optim.Optimizer;
import dev.squall.train.RunDirectory;
import dev.squall.train.RunSummary;
import dev.squall.train.Trainer;
import dev.squall.tresnet.run.RunFiles;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Trains in this process, and reports. A run with {@code --sync-every} and {@code --spark} belongs here too: the steps between its rounds are taken
 * here, and only the copies of the network are trained elsewhere.
 *
 * @param events where TensorBoard's events go
 * @param end reports when the run is at its end
 */
record LocalTraining(TrainingPlan plan, RunDirectory files, Path events, EndOfTraining end) {
    /** @param cluster where the copies of the network are; null where there are none, or they are here too */
    void train(@Nullable ClusterMixin cluster) {
        plan.compute(1, setup -> {
            RunSummary summary = run(setup, cluster);
            end.report(setup.network().backend(), summary, plan.source(), plan.recipe());
        });
    }

    private RunSummary run(Trainer.Setup setup, @Nullable ClusterMixin cluster) {
        Map<String, String> metadata = plan.metadata(files.isResumed() ? files.texts() : Map.of());
        RunFiles page =
                new RunFiles(files.path(), metadata, events, plan.terms().progress());
        try (Optimizer _ = setup.optimizer();
                Trainer trainer = trainer(setup, metadata);
                Cluster.Copies copies = cluster == null ? null : copies(cluster, metadata)) {
            if (copies != null) {
                trainer.with(copies);
            }
            trainer.afterEpoch(metrics -> {
                plan.settings().write(files.path());
                page.afterEpoch();
            });
            RunSummary summary = trainer.run();
            // A run that had finished already has had no further epoch.
            plan.settings().write(files.path());
            return summary;
        }
    }

    private Trainer trainer(Trainer.Setup setup, Map<String, String> metadata) {
        return new Trainer(
                        setup,
                        plan.description(setup.network().backend(), metadata),
                        files,
                        plan.terms().progress())
                .with(plan.terms().options());
    }

    private Cluster.Copies copies(ClusterMixin cluster, Map<String, String> metadata) {
        Cluster.Job job = cluster.job(plan.terms(), metadata, files, () -> {});
        return ClusterMixin.cluster().copies(job, plan.recipe().shards());
    }
}
