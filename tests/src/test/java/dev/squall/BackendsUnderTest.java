package dev.squall;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Precision;
import dev.squall.backend.Backends;
import java.util.Arrays;
import java.util.List;

/**
 * The backends that the tests of operations run on: the reference, which defines what is right, and those that the system property
 * {@code backends} names, for example {@code -Dbackends=jvm,tornado}; where it is not set, {@code jvm}. They are opened once for all tests,
 * in their accurate mode: tolerances here are those of single precision.
 */
public final class BackendsUnderTest {
    private static final Backend REFERENCE = open("reference");
    private static final Backend META = open("meta");
    private static final List<Backend> OTHERS = openOthers();

    private BackendsUnderTest() {}

    /** Plain loops with double accumulation. */
    public static Backend reference() {
        return REFERENCE;
    }

    /** Shapes without values. */
    public static Backend meta() {
        return META;
    }

    /** The backends to compare with the reference. */
    public static List<Backend> others() {
        return OTHERS;
    }

    private static List<Backend> openOthers() {
        return Arrays.stream(System.getProperty("backends", "jvm").split(","))
                .filter(name -> !name.isBlank())
                .map(BackendsUnderTest::open)
                .toList();
    }

    private static Backend open(String name) {
        return Backends.open(name, BackendOptions.DEFAULT.withThreads(2).withPrecision(Precision.ACCURATE)).backend();
    }
}
