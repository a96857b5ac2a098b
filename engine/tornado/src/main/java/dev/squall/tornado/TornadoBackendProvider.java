package dev.squall.tornado;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendProvider;
import java.util.List;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoDeviceType;

/** Offers {@link TornadoBackend} under the name {@code tornado}; {@code auto} takes it if TornadoVM has found a GPU. */
public final class TornadoBackendProvider implements BackendProvider {
    private static final int WITH_GPU = 20;
    private static final int WITHOUT_GPU = 5;

    @Override
    public String name() {
        return "tornado";
    }

    @Override
    public int preference() {
        return availability().available() && hasGpu() ? WITH_GPU : WITHOUT_GPU;
    }

    private static boolean hasGpu() {
        return Devices.all().stream().anyMatch(device -> device.getDeviceType() == TornadoDeviceType.GPU);
    }

    @Override
    public Availability availability() {
        try {
            List<TornadoDevice> devices = Devices.all();
            return devices.isEmpty()
                    ? new Availability(false, "TornadoVM found no device")
                    : new Availability(true, "TornadoVM found " + devices.getFirst().getDeviceName().trim());
        } catch (NoClassDefFoundError | ExceptionInInitializerError | RuntimeException e) {
            return new Availability(false, TornadoErrors.explain(e));
        }
    }

    @Override
    public Backend create(BackendOptions options) {
        return new TornadoBackend(options);
    }
}
