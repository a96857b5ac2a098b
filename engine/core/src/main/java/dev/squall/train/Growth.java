package dev.squall.train;

import dev.squall.error.BadInputException;
import dev.squall.optim.Schedule;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Decides whether a run may be resumed with more epochs than it was begun with: if the longer run would have come to the same state, because its
 * learning rates are the same so far. Along a constant schedule they always are, along a cosine as long as it warms up.
 *
 * @param setup of the longer run
 */
record Growth(Trainer.Setup setup) {
    /** What depends on the number of epochs, and nothing else does, by name. */
    static final Set<String> SETTINGS = Set.of("epochs", "schedule in use");

    /** Whether a run with these settings would be longer than one with those before. */
    static boolean isMeant(Map<String, String> settings, Map<String, String> before) {
        try {
            return Integer.parseInt(settings.getOrDefault("epochs", ""))
                    > Integer.parseInt(before.getOrDefault("epochs", ""));
        } catch (NumberFormatException e) {
            return false;
        }
    }

    /**
     * Requires that the run may grow.
     *
     * @param before the settings that it was begun with
     * @param steps of the optimizer so far
     * @throws BadInputException if not; says why
     */
    void requireAllowed(Map<String, String> before, int steps) {
        Recipe recipe = setup.recipe();
        Schedule schedule = setup.schedule();
        String scheduleBefore = before.get("schedule in use");
        if (Trainer.Setup.described(schedule).equals(scheduleBefore)) {
            return;
        }
        String epochs = before.getOrDefault("epochs", "");
        Schedule shorter = recipe.with("epochs", epochs).schedule(setup.train());
        boolean same = Trainer.Setup.described(shorter).equals(scheduleBefore)
                && IntStream.range(0, steps)
                        .allMatch(step -> shorter.learningRate(step) == schedule.learningRate(step));
        if (!same) {
            throw new BadInputException("this run was begun with epochs " + epochs + " and cannot grow to "
                    + recipe.epochs() + ": by the schedule of the longer run its " + steps
                    + " steps so far would have had other learning rates; begin a new run with its weights, or choose"
                    + " the schedule constant for a run that is to grow");
        }
    }
}
