package dev.squall.jvm;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendProvider;

/** Offers {@link JvmBackend} under the name {@code jvm}. */
public final class JvmBackendProvider implements BackendProvider {
    @Override
    public String name() {
        return "jvm";
    }

    @Override
    public int preference() {
        return 10;
    }

    @Override
    public Availability availability() {
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
                ? new Availability(true, "runs on every processor")
                : new Availability(false, "the JVM was started without --add-modules jdk.incubator.vector");
    }

    @Override
    public Backend create(BackendOptions options) {
        return new JvmBackend(options);
    }
}
