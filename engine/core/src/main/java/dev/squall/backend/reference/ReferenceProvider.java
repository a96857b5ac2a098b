package dev.squall.backend.reference;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendProvider;

/** Offers {@link ReferenceBackend} under the name {@code reference}; {@code auto} never takes it. */
public final class ReferenceProvider implements BackendProvider {
    @Override
    public String name() {
        return ReferenceBackend.NAME;
    }

    @Override
    public int preference() {
        return -1;
    }

    @Override
    public Availability availability() {
        return new Availability(true, "runs on every JVM, slowly");
    }

    @Override
    public Backend create(BackendOptions options) {
        return new ReferenceBackend(options.precision().activations());
    }
}
