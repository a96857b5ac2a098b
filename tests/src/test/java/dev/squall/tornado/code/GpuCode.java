package dev.squall.tornado.code;

import dev.squall.bench.gpu.KernelFigures;
import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.Kernels;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Generates and assembles kernels with an SDK, in a folder, and reads what came out. */
final class GpuCode {
    private static final String DRIVER = "cuda.c";

    private final Sdk sdk;
    private final Path folder;
    private final int arenas;

    /**
     * Code from an SDK, in a folder.
     *
     * @param arenas how many the device has: with several, a kernel takes an array for each operand
     */
    GpuCode(Sdk sdk, Path folder, int arenas) {
        this.sdk = sdk;
        this.folder = folder;
        this.arenas = arenas;
    }

    /** The figures of these kernels. */
    List<KernelFigures> figures(List<Kernel> kernels) {
        translate(kernels);
        return kernels.parallelStream().map(this::figures).toList();
    }

    /** Runs {@link Translate} on the SDK: in a process of its own, as this one may be running the simulator. */
    private void translate(List<Kernel> kernels) {
        List<String> arguments = new ArrayList<>(List.of(folder.toString(), Integer.toString(arenas)));
        kernels.forEach(kernel -> arguments.add(kernel.name()));
        Map<String, String> variables = sdk == Sdk.OPENCL ? Map.of() : Map.of("LD_LIBRARY_PATH", driver());
        Programs.onTornadoVm(sdk, folder, Translate.class, arguments, variables);
    }

    /** Builds the driver that stands in for NVIDIA's, and returns its folder. */
    private String driver() {
        try (InputStream source = GpuCode.class.getResourceAsStream(DRIVER)) {
            Files.copy(source, folder.resolve(DRIVER));
            Programs.run(folder, List.of("gcc", "-shared", "-fPIC", "-o", "libcuda.so", DRIVER));
            Files.copy(folder.resolve("libcuda.so"), folder.resolve("libnvrtc.so"));
            return folder.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private KernelFigures figures(Kernel kernel) {
        String report = "";
        for (List<String> command : sdk.commands(kernel.name())) {
            report = Programs.run(folder, command);
        }
        Sass code = read(kernel);
        return new KernelFigures(
                kernel.name(),
                sdk.label(),
                kernel.localX() * kernel.localY(),
                number(report, "Used (\\d+) registers"),
                number(report, "(\\d+) bytes stack frame"),
                number(report, "(\\d+) bytes spill stores") + number(report, "(\\d+) bytes spill loads"),
                number(report, "(\\d+) bytes smem"),
                code.count(),
                code.loads(),
                code.stores(),
                code.inner(),
                code.outer());
    }

    private Sass read(Kernel kernel) {
        try {
            return Sass.of(Files.readAllBytes(folder.resolve(kernel.name() + ".cubin")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int number(String report, String pattern) {
        Matcher found = Pattern.compile(pattern).matcher(report);
        return found.find() ? Integer.parseInt(found.group(1)) : 0;
    }

    /** All kernels that GPUs get through a backend: OpenCL knows no tensor cores. */
    static List<Kernel> all(Sdk sdk) {
        return withHalves(Kernels.all().stream().filter(kernel -> kernel.suits(true, sdk != Sdk.OPENCL)));
    }

    /** These kernels, and those that have images once more, under another name, for images of halves. */
    static List<Kernel> withHalves(Stream<Kernel> kernels) {
        return kernels.mapMulti((Kernel kernel, Consumer<Kernel> to) -> {
                    to.accept(kernel);
                    if (!kernel.images().isEmpty()) {
                        to.accept(kernel.named(kernel.name() + KernelFigures.HALVES));
                    }
                })
                .toList();
    }
}
