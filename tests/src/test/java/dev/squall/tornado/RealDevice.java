package dev.squall.tornado;

/** Tells tests whether they run on TornadoVM or on the simulator that stands in for it. */
public final class RealDevice {
    private RealDevice() {}

    public static boolean isPresent() {
        return ModuleLayer.boot().findModule("tornado.runtime").isPresent();
    }
}
