package dev.squall.tornado;

import java.util.List;
import uk.ac.manchester.tornado.api.TornadoBackend;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.common.TornadoDevice;

/** The devices that TornadoVM reaches on this machine. */
public final class Devices {
    private Devices() {}

    /** All devices of all of TornadoVM's backends, in its order. */
    public static List<TornadoDevice> all() {
        return TornadoExecutionPlan.getTornadoDeviceMap().getAllBackends().stream()
                .map(TornadoBackend::getAllDevices)
                .flatMap(List::stream)
                .toList();
    }

    /**
     * The device with this index in {@link #all()}.
     *
     * @throws IllegalArgumentException if there is none
     */
    static TornadoDevice get(int index) {
        List<TornadoDevice> devices = all();
        if (index >= devices.size()) {
            throw new IllegalArgumentException("there is no device " + index + "; TornadoVM found " + devices.size()
                    + ": see the command devices");
        }
        return devices.get(index);
    }
}
