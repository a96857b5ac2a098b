package uk.ac.manchester.tornado.api;

/** What the driver says about a device; sizes in bytes. */
public interface TornadoTargetDevice {

    String getDeviceName();

    long getDeviceGlobalMemorySize();

    long getDeviceLocalMemorySize();

    long getDeviceMaxAllocationSize();

    int getDeviceMaxComputeUnits();
}
