package dev.squall;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendProvider;
import dev.squall.backend.Backends;
import java.util.List;

/**
 * The backends that the tests of operations run on: the reference, which defines what is right, and every other that can run here. The
 * system property {@code backends} narrows the others down, for example {@code -Dbackends=jvm}. They are opened once for all tests.
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

    /** All backends that compute, but for the reference. */
    public static List<Backend> others() {
        return OTHERS;
    }

    private static List<Backend> openOthers() {
        String asked = System.getProperty("backends", "none");
        return Backends.providers().stream()
                .filter(provider -> provider.preference() >= 0)
                .filter(provider -> asked == null || List.of(asked.split(",")).contains(provider.name()))
                .filter(provider -> provider.availability().available())
                .map(BackendProvider::name)
                .map(BackendsUnderTest::open)
                .toList();
    }

    private static Backend open(String name) {
        return Backends.open(name, BackendOptions.DEFAULT.withThreads(2)).backend();
    }
}
