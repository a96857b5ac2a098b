package dev.squall.golden;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Backends;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A backend that the golden data is held against.
 *
 * @param name what {@link Backends#open} takes
 * @param options its settings
 */
record BackendUnderTest(String name, BackendOptions options) {
    static final List<BackendUnderTest> ALL = List.of(new BackendUnderTest("reference", BackendOptions.DEFAULT));

    private static final Map<BackendUnderTest, Backend> OPEN = new ConcurrentHashMap<>();

    /** The backend, opened once for all tests of this JVM. */
    Backend open() {
        return OPEN.computeIfAbsent(this, row -> Backends.open(name, options).backend());
    }

    @Override
    public String toString() {
        return name;
    }
}
