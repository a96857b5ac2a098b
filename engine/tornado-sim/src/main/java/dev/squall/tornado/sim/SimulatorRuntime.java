package dev.squall.tornado.sim;

import java.util.List;
import uk.ac.manchester.tornado.api.TornadoBackend;
import uk.ac.manchester.tornado.api.TornadoRuntime;
import uk.ac.manchester.tornado.api.TornadoTargetDevice;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoDeviceType;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;

/** The machine as the simulator presents it: one backend with one device. */
public final class SimulatorRuntime implements TornadoRuntime {

    /** The least that OpenCL 1.2 promises for a full-profile device. */
    static final int LOCAL_MEMORY_BYTES = 32 * 1024;

    /** What GPUs give a group at least; kernels may not use it up, see above. */
    private static final int LOCAL_MEMORY_OF_GPUS = 48 * 1024;

    static final int MAX_GROUP_SIZE = 1024;

    private static final String NAME = "work-group simulator";
    /** More than one array can hold, as large GPUs have. */
    private static final long GLOBAL_MEMORY_BYTES = 96L << 30;

    private static final long ARRAY_BYTES = 8L << 30;

    private final TornadoBackend backend = new Backend(new Device());

    @Override
    public int getNumBackends() {
        return 1;
    }

    @Override
    public TornadoBackend getBackend(int index) {
        if (index != 0) {
            throw new IndexOutOfBoundsException("The simulator is backend 0; there is no backend " + index + ".");
        }
        return backend;
    }

    @Override
    public TornadoVMBackendType getBackendType(int index) {
        return getBackend(index).getBackendType();
    }

    @Override
    public TornadoDevice getDefaultDevice() {
        return backend.getDefaultDevice();
    }

    private record Backend(TornadoDevice device) implements TornadoBackend {

        @Override
        public String getName() {
            return NAME;
        }

        @Override
        public TornadoVMBackendType getBackendType() {
            return TornadoVMBackendType.VIRTUAL;
        }

        @Override
        public int getNumDevices() {
            return 1;
        }

        @Override
        public TornadoDevice getDevice(int index) {
            return getAllDevices().get(index);
        }

        @Override
        public TornadoDevice getDefaultDevice() {
            return device;
        }

        @Override
        public List<TornadoDevice> getAllDevices() {
            return List.of(device);
        }
    }

    private static final class Device implements TornadoDevice, TornadoTargetDevice {

        @Override
        public String getDeviceName() {
            return NAME;
        }

        @Override
        public String getDescription() {
            return NAME + " " + getDeviceType();
        }

        @Override
        public String getPlatformName() {
            return NAME;
        }

        @Override
        public String getDeviceOpenCLCVersion() {
            return "none";
        }

        @Override
        public TornadoDeviceType getDeviceType() {
            return SimulatorOptions.current().device();
        }

        @Override
        public TornadoTargetDevice getPhysicalDevice() {
            return this;
        }

        @Override
        public TornadoVMBackendType getTornadoVMBackend() {
            return TornadoVMBackendType.VIRTUAL;
        }

        @Override
        public int getBackendIndex() {
            return 0;
        }

        @Override
        public long getMaxAllocMemory() {
            return ARRAY_BYTES;
        }

        @Override
        public long getMaxGlobalMemory() {
            return GLOBAL_MEMORY_BYTES;
        }

        @Override
        public long getDeviceGlobalMemorySize() {
            return GLOBAL_MEMORY_BYTES;
        }

        @Override
        public long getDeviceMaxAllocationSize() {
            return ARRAY_BYTES;
        }

        @Override
        public long getDeviceLocalMemorySize() {
            return LOCAL_MEMORY_OF_GPUS;
        }

        @Override
        public long[] getDeviceMaxWorkgroupDimensions() {
            return new long[] {MAX_GROUP_SIZE, MAX_GROUP_SIZE, MAX_GROUP_SIZE};
        }

        @Override
        public int getDeviceMaxComputeUnits() {
            return 1;
        }
    }
}
