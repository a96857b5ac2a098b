package dev.squall;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Precision;
import dev.squall.backend.Backends;
import dev.squall.tornado.RealDevice;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * The backends that the tests of operations run on: the reference, which defines what is right, and those that the system property
 * {@code backends} names, for example {@code -Dbackends=jvm}; where it is not set, {@code jvm} and {@code tornado}, which runs in the simulator
 * unless the JVM was started with TornadoVM. They are opened once for all tests, in their accurate mode, with the tolerances of single
 * precision; those that have a faster mode also in that.
 */
public final class BackendsUnderTest {
    private static final String ALL = "jvm,tornado";
    /** Whole networks take minutes in the simulator. */
    private static final String FOR_NETWORKS = "jvm";

    /** The simulator keeps a device's memory and who touched it on the heap. */
    private static final long SIMULATED_BYTES = 128 << 20;

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

    /** Those of {@link #others} that whole networks are tested on: without the simulator, unless {@code backends} asks for it. */
    public static List<Backend> forNetworks() {
        List<String> names = List.of(names(FOR_NETWORKS));
        return OTHERS.stream().filter(backend -> names.contains(backend.name())).toList();
    }

    /** Those of {@link #others} that compute differently in {@link Precision#FAST}, in that mode. */
    public static List<Backend> fast() {
        return FAST;
    }

    private static List<Backend> openOthers(Predicate<String> named, Precision precision) {
        return Arrays.stream(names(ALL))
                .filter(name -> !name.isBlank() && named.test(name))
                .map(name -> open(name, precision))
                .toList();
    }

    private static String[] names(String standard) {
        return System.getProperty("backends", standard).split(",");
    }

    private static Backend open(String name, Precision precision) {
        BackendOptions options = BackendOptions.DEFAULT.withThreads(2).withPrecision(precision);
        if (name.equals("tornado") && !RealDevice.isPresent()) {
            options = options.withMemoryBytes(SIMULATED_BYTES);
        }
        return Backends.open(name, options).backend();
    }
}
