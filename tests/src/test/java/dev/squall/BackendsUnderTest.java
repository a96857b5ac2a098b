package dev.squall;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Precision;
import dev.squall.backend.Backends;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * The backends that the tests of operations run on: the reference, which defines what is right, and those that the system property
 * {@code backends} names, for example {@code -Dbackends=jvm,tornado}; where it is not set, {@code jvm}. They are opened once for all tests,
 * in their accurate mode, with the tolerances of single precision; those that have a faster mode also in that.
 */
public final class BackendsUnderTest {
    private static final Backend REFERENCE = open("reference", Precision.ACCURATE);
    private static final Backend META = open("meta", Precision.ACCURATE);
    private static final List<Backend> OTHERS = openOthers(name -> true, Precision.ACCURATE);
    private static final List<Backend> FAST = openOthers("jvm"::equals, Precision.FAST);

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

    /** Those of {@link #others} that compute differently in {@link Precision#FAST}, in that mode. */
    public static List<Backend> fast() {
        return FAST;
    }

    private static List<Backend> openOthers(Predicate<String> named, Precision precision) {
        return Arrays.stream(System.getProperty("backends", "jvm").split(","))
                .filter(name -> !name.isBlank() && named.test(name))
                .map(name -> open(name, precision))
                .toList();
    }

    private static Backend open(String name, Precision precision) {
        return Backends.open(name, BackendOptions.DEFAULT.withThreads(2).withPrecision(precision))
                .backend();
    }
}
