package uk.ac.manchester.tornado.api.common;

import uk.ac.manchester.tornado.api.TornadoTargetDevice;
import uk.ac.manchester.tornado.api.enums.TornadoDeviceType;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;

/** A device that kernels can run on; sizes in bytes. */
public interface TornadoDevice {

    String getDeviceName();

    String getDescription();

    String getPlatformName();

    String getDeviceOpenCLCVersion();

    TornadoDeviceType getDeviceType();

    TornadoTargetDevice getPhysicalDevice();

    TornadoVMBackendType getTornadoVMBackend();

    int getBackendIndex();

    long getMaxAllocMemory();

    long getMaxGlobalMemory();

    long getDeviceLocalMemorySize();

    long[] getDeviceMaxWorkgroupDimensions();
}
