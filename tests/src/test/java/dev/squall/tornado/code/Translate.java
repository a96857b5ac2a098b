package dev.squall.tornado.code;

import dev.squall.bench.gpu.KernelFigures;
import dev.squall.tornado.device.Device;
import dev.squall.tornado.device.Devices;
import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.Kernels;
import dev.squall.tornado.kernel.MemoryKernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** A program that writes what TornadoVM generates of the kernels for GPUs: {@code FOLDER ARENAS [KERNEL...]}, all kernels if none is named. */
final class Translate {
    private static final int VECTORS = 4 * Device.ZERO_VECTORS;

    private Translate() {}

    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        Set<String> wanted = Arrays.stream(arguments).skip(2).collect(Collectors.toSet());
        // Under other names, since the plan begins with a kernel that is compiled before anybody can look.
        List<Kernel> kernels = new ArrayList<>(List.of(MemoryKernels.FILL));
        GpuCode.withHalves(Kernels.all().stream().filter(kernel -> kernel.suits(true, true))).stream()
                .filter(kernel -> wanted.isEmpty() || wanted.contains(kernel.name()))
                .map(Translate::copy)
                .forEach(kernels::add);
        int[] arenas = new int[Integer.parseInt(arguments[1])];
        Arrays.fill(arenas, VECTORS);
        boolean mixed = kernels.stream().anyMatch(Translate::hasHalves);
        Device device = new Device(Devices.get(0), kernels, arenas, true, mixed, number -> {});
        for (Kernel kernel : kernels.subList(1, kernels.size())) {
            Files.writeString(
                    folder.resolve(original(kernel) + ".code"),
                    device.translate(kernel, hasHalves(kernel) ? kernel.images() : Set.of()));
        }
        // The process ends at once: TornadoVM's threads would keep it, and it does not free a plan that has printed all
        // of its kernels.
        System.exit(0);
    }

    private static Kernel copy(Kernel kernel) {
        return kernel.named(kernel.name() + "Copy");
    }

    private static boolean hasHalves(Kernel copy) {
        return original(copy).endsWith(KernelFigures.HALVES);
    }

    private static String original(Kernel copy) {
        return copy.name().substring(0, Math.max(0, copy.name().length() - "Copy".length()));
    }
}
