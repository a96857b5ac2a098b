package dev.squall.tresnet.cli;

import dev.squall.backend.Backend;
import dev.squall.train.RunDirectory;
import dev.squall.train.RunStoppedException;
import dev.squall.train.RunSummary;
import dev.squall.tresnet.run.RunFiles;
import java.nio.file.Path;
import java.util.Map;

/**
 * Has the workers of a cluster train, each of them as {@link MemberTraining} does; this process keeps their files and reports.
 *
 * @param events where TensorBoard's events go
 * @param end reports when the run is at its end
 */
record ClusterTraining(TrainingPlan plan, RunDirectory files, Path events, EndOfTraining end) {
    void train(ClusterMixin cluster) {
        Map<String, String> metadata = plan.metadata(files.isResumed() ? files.texts() : Map.of());
        RunFiles page =
                new RunFiles(files.path(), metadata, events, plan.terms().progress());
        TrainSettings settings = plan.settings();
        files.begin();
        ClusterMixin.cluster().train(cluster.job(plan.terms(), metadata, files, () -> {
            settings.write(files.path());
            page.afterEpoch();
        }));
        if (plan.terms().options().stop().getAsBoolean()) {
            throw new RunStoppedException("the workers have stopped; the run can be resumed from their checkpoint");
        }
        settings.write(files.path());
        try (Backend backend = plan.openBackend().backend()) {
            end.report(backend, RunSummary.read(files.summary()), plan.source(), settings.recipe());
        }
    }
}
