package dev.squall.backend;

/** A function of two numbers. Comparisons give 1 for true and 0 for false; with a NaN only {@link #NOT_EQUAL} is true. */
public enum Binary {
    /** x + y. */
    ADD,
    /** x - y. */
    SUBTRACT,
    /** x * y. */
    MULTIPLY,
    /** x / y. */
    DIVIDE,
    /** x^y. */
    POWER,
    /** The larger; NaN if one of them is. */
    MAXIMUM,
    /** The smaller; NaN if one of them is. */
    MINIMUM,
    /** x = y. */
    EQUAL,
    /** x &ne; y. */
    NOT_EQUAL,
    /** x &lt; y. */
    LESS,
    /** x &le; y. */
    LESS_EQUAL,
    /** x &gt; y. */
    GREATER,
    /** x &ge; y. */
    GREATER_EQUAL
}
