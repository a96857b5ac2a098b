package dev.squall.backend.meta;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendProvider;

/** Offers {@link MetaBackend} under the name {@code meta}; {@code auto} never takes it. */
public final class MetaProvider implements BackendProvider {
    @Override
    public String name() {
        return MetaBackend.NAME;
    }

    @Override
    public int preference() {
        return -2;
    }

    @Override
    public Availability availability() {
        return new Availability(true, "computes nothing, so it runs anywhere");
    }

    @Override
    public Backend create(BackendOptions options) {
        return new MetaBackend(MetaBackend.FLOATS, options.precision().activations());
    }
}
