package dev.squall.tornado.device;

import dev.squall.backend.BackendException;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.TornadoBackend;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoDeviceType;

/** The devices that TornadoVM reaches on this machine. */
public final class Devices {
    /** Why TornadoVM did not start. Only the first attempt says so: the next ones find a class that could not be initialised. */
    private static volatile @Nullable LinkageError failure;

    static {
        // TornadoVM reads these once, when it starts. Without the first, its compiler refuses a method of more than 600
        // nodes that a kernel's helper calls, although it can inline it.
        setUnlessChosen("tornado.compiler.fullInlining", "true");
        // Without the second, a kernel that does not compile runs as Java, as one work-item, and is wrong without a
        // word.
        setUnlessChosen("tornado.recover.bailout", "False");
        // Without the others it takes no more than 4 GB of a device, and no task graph of more than a few dozen tasks.
        setUnlessChosen("tornado.device.memory", "1024GB");
        setUnlessChosen("tornado.tvm.maxbytecodesize", "262144");
    }

    private static void setUnlessChosen(String property, String value) {
        System.setProperty(property, System.getProperty(property, value));
    }

    private Devices() {}

    /**
     * All devices of all of TornadoVM's backends, in its order but GPUs first: who does not choose gets the first.
     *
     * @throws BackendException if TornadoVM would compute wrong results in this JVM
     * @throws LinkageError if TornadoVM does not start; {@link TornadoErrors#explainStart} says why
     */
    public static List<TornadoDevice> all() {
        LinkageError known = failure;
        if (known != null) {
            throw known;
        }
        JvmFlags.problem().ifPresent(problem -> {
            throw new BackendException(problem);
        });
        try {
            return TornadoExecutionPlan.getTornadoDeviceMap().getAllBackends().stream()
                    .map(TornadoBackend::getAllDevices)
                    .flatMap(List::stream)
                    .sorted(Comparator.comparing(device -> !isGpu(device)))
                    .toList();
        } catch (LinkageError e) {
            failure = e;
            throw e;
        }
    }

    /**
     * The device with this index in {@link #all()}.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static TornadoDevice get(int index) {
        List<TornadoDevice> devices = all();
        if (index >= devices.size()) {
            throw new IllegalArgumentException(
                    "there is no device " + index + "; TornadoVM finds " + devices.size() + ", counted from 0");
        }
        return devices.get(index);
    }

    /** What its maker calls it. */
    public static String name(TornadoDevice device) {
        return device.getPhysicalDevice().getDeviceName().strip();
    }

    public static boolean isGpu(TornadoDevice device) {
        return device.getDeviceType() == TornadoDeviceType.GPU;
    }

    /**
     * Whether TornadoVM might reach tensor cores of a device: its backends for NVIDIA's GPUs do, those of the generation of compute capability 8.0 and later, see
     * {@link Device#hasTensorCores}; and the simulator.
     */
    public static boolean mayHaveTensorCores(TornadoDevice device) {
        return switch (device.getTornadoVMBackend()) {
            case PTX, CUDA, VIRTUAL -> true;
            case OPENCL, METAL, SPIRV, JAVA -> false;
        };
    }

    /** For example {@code CPU, 2 compute units, 23.5 GiB memory, of which 5.9 GiB at once, OpenCL platform Portable Computing Language}. */
    public static String describe(TornadoDevice device) {
        return String.format(
                Locale.ROOT,
                "%s, %s, %d compute units, %.1f GiB memory, at most %.1f GiB in one piece, by %s of %s",
                name(device),
                device.getDeviceType(),
                device.getPhysicalDevice().getDeviceMaxComputeUnits(),
                gibibytes(device.getMaxGlobalMemory()),
                gibibytes(device.getMaxAllocMemory()),
                device.getTornadoVMBackend(),
                device.getPlatformName().strip());
    }

    private static double gibibytes(long bytes) {
        return bytes / (double) (1L << 30);
    }
}
