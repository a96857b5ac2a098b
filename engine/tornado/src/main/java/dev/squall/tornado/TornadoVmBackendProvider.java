package dev.squall.tornado;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Precision;
import dev.squall.backend.BackendProvider;
import dev.squall.backend.Finding;
import dev.squall.backend.KernelListing;
import dev.squall.tornado.device.Devices;
import dev.squall.tornado.device.PassedTests;
import dev.squall.tornado.device.TornadoErrors;
import dev.squall.tornado.listing.KernelListings;
import java.util.List;
import java.util.Optional;
import uk.ac.manchester.tornado.api.common.TornadoDevice;

/** Offers {@link TornadoVmBackend} under the name {@code tornado}; {@code auto} takes it if TornadoVM has found a GPU. */
public final class TornadoVmBackendProvider implements BackendProvider {
    private static final int WITH_GPU = 20;
    private static final int WITHOUT_GPU = 5;

    @Override
    public String name() {
        return "tornado";
    }

    @Override
    public int preference() {
        return availability().available() && gpu().isPresent() ? WITH_GPU : WITHOUT_GPU;
    }

    private static Optional<TornadoDevice> gpu() {
        return Devices.all().stream().filter(Devices::isGpu).findFirst();
    }

    @Override
    public Availability availability() {
        try {
            List<TornadoDevice> devices = Devices.all();
            if (devices.isEmpty()) {
                return new Availability(false, "TornadoVM finds no device");
            }
            return new Availability(
                    true,
                    gpu().map(gpu -> "finds a GPU, " + Devices.name(gpu))
                            .orElseGet(() -> "finds no GPU, only " + Devices.name(devices.getFirst())
                                    + " (--backend tornado takes it)"));
        } catch (LinkageError | RuntimeException e) {
            return new Availability(false, TornadoErrors.explainStart(e));
        }
    }

    @Override
    public List<Finding> findings() {
        return Doctor.findings(availability());
    }

    @Override
    public List<KernelListing> kernels() {
        return KernelListings.all();
    }

    @Override
    public Backend create(BackendOptions options) {
        if (options.precision() == Precision.BF16) {
            throw new IllegalArgumentException(
                    "the backend tornado keeps activations in FP16 only; use the precision mixed, or the backend jvm");
        }
        TornadoVmBackend backend = new TornadoVmBackend(options);
        try {
            backend.test(PassedTests.ofUser(), options.progress());
        } catch (RuntimeException | Error e) {
            backend.close();
            throw e;
        }
        return backend;
    }
}
