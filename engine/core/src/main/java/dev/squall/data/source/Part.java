package dev.squall.data.source;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The parts of a data set, as people call them: {@code train}, {@code Training}, {@code test_set} and the like. */
enum Part {
    TRAINING("train", "training"),
    VALIDATION("val", "valid", "validation", "eval", "evaluation", "dev", "test", "testing");

    /** In the order in which one is taken where there are several. */
    private final List<String> names;

    Part(String... names) {
        this.names = List.of(names);
    }

    /** The part called {@code name}; null if it is the name of none. */
    static @Nullable Part of(String name) {
        if (TRAINING.rank(name) >= 0) {
            return TRAINING;
        }
        return VALIDATION.rank(name) >= 0 ? VALIDATION : null;
    }

    /** Which of this part's names it is, from 0; -1 if it is none. */
    int rank(String name) {
        return names.indexOf(name.toLowerCase(Locale.ROOT).replaceFirst("[ _-]?(set|data|dataset|images)$", ""));
    }
}
