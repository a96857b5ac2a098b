package dev.squall.tresnet.cli;

import dev.squall.optim.Optimizer;
import dev.squall.train.Replica;
import dev.squall.train.RunDirectory;
import dev.squall.train.RunDirectory.Existing;
import dev.squall.train.Trainer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Trains as one of the workers of a cluster. Only the first of them has a directory, and goes on with what it finds there; what people are shown is
 * for the process that has started them to write.
 */
record MemberTraining(Member member) {
    /** @param planned makes the plan of what this worker begins with */
    void train(Function<Beginning, TrainingPlan> planned) {
        Path directory = member.directory();
        if (directory == null) {
            train(planned.apply(Beginning.ofMember(member.texts(), false)), null);
            return;
        }
        boolean isNew = !Files.exists(directory.resolve(RunDirectory.RESUME));
        try (RunDirectory files = RunDirectory.open(directory, isNew ? Existing.OVERWRITE : Existing.RESUME)) {
            train(planned.apply(Beginning.ofMember(member.texts(), isNew)), files);
        }
    }

    private void train(TrainingPlan plan, @Nullable RunDirectory files) {
        Consumer<Replica> rounds = member.rounds();
        plan.compute(member.communicator().size(), setup -> {
            try (Optimizer _ = setup.optimizer()) {
                if (rounds != null) {
                    rounds.accept(new Replica(setup, plan.terms().options()));
                } else {
                    trainWithOthers(plan, setup, files);
                }
            }
        });
    }

    private void trainWithOthers(TrainingPlan plan, Trainer.Setup setup, @Nullable RunDirectory files) {
        Map<String, String> metadata = plan.metadata(member.texts());
        try (Trainer trainer = new Trainer(
                setup,
                plan.description(setup.network().backend(), metadata),
                files,
                plan.terms().progress())) {
            trainer.with(plan.terms().options())
                    .with(member.communicator())
                    .afterCheckpoint(member.afterCheckpoint())
                    .afterEpoch(member.afterEpoch())
                    .run();
        }
    }
}
