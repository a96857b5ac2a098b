package dev.squall.tornado.listing;

import dev.squall.backend.BackendException;
import dev.squall.backend.KernelListing;
import dev.squall.tornado.device.Device;
import dev.squall.tornado.device.Devices;
import dev.squall.tornado.device.TornadoErrors;
import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.Kernels;
import dev.squall.tornado.kernel.MemoryKernels;
import java.util.List;
import uk.ac.manchester.tornado.api.common.TornadoDevice;

/**
 * A kernel to read: the Java that we wrote and what TornadoVM makes of it. Without TornadoVM the classes of kernels do not load, and so the list of
 * them is read from their sources, too.
 *
 * @param file the class that declares it
 * @param sources where it is written
 */
record KernelText(String name, String purpose, String file, KernelSources sources) implements KernelListing {
    private static final int VECTORS = 2 * Device.ZERO_VECTORS;

    @Override
    public String source() {
        return sources.textOf(file, name);
    }

    @Override
    public Translation translate(int index) {
        try {
            return translate(Devices.get(index));
        } catch (LinkageError e) {
            throw new BackendException(TornadoErrors.explainStart(e), e);
        }
    }

    private Translation translate(TornadoDevice target) {
        Kernel kernel = Kernels.all().stream()
                .filter(k -> k.name().equals(name))
                .findFirst()
                .orElseThrow();
        if (kernel.target() == Kernel.Target.TENSOR_CORES && !Devices.mayHaveTensorCores(target)) {
            throw new BackendException("the kernel " + name
                    + " is for NVIDIA's tensor cores, which TornadoVM reaches with its backends PTX and CUDA, not with "
                    + target.getTornadoVMBackend() + "; choose a device of those with --device");
        }
        // Under another name, since the plan begins with a kernel that may be this very one.
        Kernel copy = kernel.named(name + "Copy");
        boolean gpu = kernel.target() == Kernel.Target.ANY ? Devices.isGpu(target) : kernel.suits(true, true);
        try (Device device =
                new Device(target, List.of(MemoryKernels.FILL, copy), new int[] {VECTORS}, gpu, number -> {})) {
            return new Translation(
                    target.getTornadoVMBackend() + " for " + Devices.name(target), device.translate(copy));
        }
    }
}
