package dev.squall.backend;

import org.jspecify.annotations.Nullable;

/**
 * One thing that a backend needs, and how it stands with it on this machine; for people.
 *
 * @param subject what it is, in a word or two
 * @param state what was found
 * @param remedy the one command or page that gets what is missing; null if nothing is
 */
public record Finding(
        String subject, String state, @Nullable String remedy) {
    /** Of something that is as it should be. */
    public Finding(String subject, String state) {
        this(subject, state, null);
    }
}
