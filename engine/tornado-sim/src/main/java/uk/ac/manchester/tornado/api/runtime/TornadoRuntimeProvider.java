package uk.ac.manchester.tornado.api.runtime;

import dev.squall.tornado.sim.SimulatorRuntime;
import uk.ac.manchester.tornado.api.TornadoRuntime;

/** The entry to the runtime. Here the only backend is the simulator. */
public class TornadoRuntimeProvider {

    private static final TornadoRuntime RUNTIME = new SimulatorRuntime();

    private TornadoRuntimeProvider() {}

    public static TornadoRuntime getTornadoRuntime() {
        return RUNTIME;
    }
}
