package dev.squall.tresnet.serve;

/** What others have written, made fit for a sentence. */
final class Text {
    private static final int LONGEST = 80;

    private Text() {}

    /** On one line, without characters that steer a terminal, and not too long. */
    static String quotable(String text) {
        String line = text.replaceAll("[\\p{Cntrl}\\p{Cf}\\p{Zl}\\p{Zp}]+", " ").strip();
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...";
    }
}
