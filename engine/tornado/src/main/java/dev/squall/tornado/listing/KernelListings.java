package dev.squall.tornado.listing;

import dev.squall.backend.KernelListing;
import java.util.List;

/** Every kernel of the backend to be read, on machines without TornadoVM, too. */
public final class KernelListings {
    private KernelListings() {}

    /** All kernels, in the order of {@link dev.squall.tornado.kernel.Kernels#all}. */
    public static List<KernelListing> all() {
        var sources = new KernelSources();
        return sources.declared().stream()
                .<KernelListing>map(kernel -> new KernelText(kernel.name(), kernel.purpose(), kernel.file(), sources))
                .toList();
    }
}
