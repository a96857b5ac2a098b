package dev.squall.tresnet.cli;

/** Options that several commands share and that take numbers. {@link Main} asks before it runs a command, whichever it is. */
interface Ranged {
    /**
     * Requires numbers that may be meant.
     *
     * @throws dev.squall.error.BadInputException if one is not
     */
    void requireRanges();
}
