package dev.squall.bench.gpu;

import dev.squall.backend.BackendOptions.Precision;
import dev.squall.bench.Ranges;
import dev.squall.bench.gpu.Step.Group;
import dev.squall.bench.gpu.Step.Parts;
import dev.squall.error.BadInputException;
import dev.squall.tensor.Shape;
import dev.squall.tresnet.NetworkPreset;
import dev.squall.tresnet.Networks;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Says how long a network is expected to take on a GPU that is not here. */
@Command(
        name = "gpu-model",
        mixinStandardHelpOptions = true,
        description =
                "Computes how long each layer and a step of a network are expected to take on a GPU. This is a model, not a measurement:"
                        + " it takes the launches from the backend, what each kernel consists of from a table of the assembler's output,"
                        + " and the device's figures from its data sheet. bench/README.md says what it assumes.")
public final class GpuModel implements Callable<Integer> {
    private static final int MOST_IMAGES = 4096;
    private static final double MOST_MICROSECONDS = 1e4;

    /** NVIDIA's "Getting Started with CUDA Graphs" (2019) has less than one on a V100; between two kernels the device also has to drain. */
    private static final double REPLAYED = 2.5;

    @Option(
            names = "--device",
            defaultValue = "H200",
            description = "the GPU: ${COMPLETION-CANDIDATES}; \"all\" gives one line for each (${DEFAULT-VALUE})",
            completionCandidates = DeviceNames.class)
    private String device = "H200";

    @Option(names = "--model", defaultValue = "tresnet_m", description = "the network (${DEFAULT-VALUE})")
    private String model = "tresnet_m";

    @Option(names = "--batch", defaultValue = "64", description = "images of a batch (${DEFAULT-VALUE})")
    private int batch;

    @Option(
            names = "--backend",
            defaultValue = "ptx",
            description = "whose code: opencl, ptx or cuda, as TornadoVM calls its backends (${DEFAULT-VALUE})")
    private String backend = "ptx";

    @Option(
            names = "--launch",
            paramLabel = "MICROSECONDS",
            defaultValue = "17",
            description =
                    "what a launch takes by itself (${DEFAULT-VALUE}: TornadoVM's issues 1022 and 1028 measured that"
                            + " on an RTX 4090)")
    private double launch;

    @Option(
            names = "--replay",
            description =
                    "as when a step is replayed: all but updates and transfers run in graphs that are replayed, where a"
                            + " launch takes " + REPLAYED
                            + " microseconds (our assumption; TornadoVM captures graphs on PTX and CUDA only)")
    private boolean replay;

    @Option(
            names = "--precision",
            paramLabel = "KIND",
            defaultValue = "fast",
            description =
                    "fast, or mixed: products on tensor cores, which TornadoVM reaches on NVIDIA's GPUs through ptx and cuda"
                            + " (${DEFAULT-VALUE})")
    private Precision precision = Precision.FAST;

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    /** What {@code --device} takes. */
    static final class DeviceNames extends ArrayList<String> {
        private static final long serialVersionUID = 1;

        DeviceNames() {
            for (GpuDevice device : GpuDevice.values()) {
                add(device.name());
            }
        }
    }

    private GpuModel() {}

    /** Runs the command. */
    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    /** Runs the command and returns its exit code. */
    public static int run(String... arguments) {
        return new CommandLine(new GpuModel())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((e, command, parsed) -> {
                    if (e instanceof BadInputException) {
                        command.getErr().println("gpu-model: " + e.getMessage());
                        return CommandLine.ExitCode.USAGE;
                    }
                    throw e;
                })
                .execute(arguments);
    }

    @Override
    public Integer call() {
        Ranges.within("--batch", batch, 1, MOST_IMAGES);
        Ranges.within("--launch", launch, 0, MOST_MICROSECONDS);
        if (!List.of("opencl", "ptx", "cuda").contains(backend)) {
            throw new BadInputException("--backend must be opencl, ptx or cuda, not " + backend);
        }
        List<GpuDevice> devices = device.equals("all") ? List.of(GpuDevice.values()) : List.of(GpuDevice.of(device));
        if (precision != Precision.FAST && precision != Precision.MIXED) {
            throw new BadInputException(
                    "--precision must be fast or mixed, not " + precision.name().toLowerCase(Locale.ROOT));
        }
        if (precision == Precision.MIXED) {
            if (backend.equals("opencl")) {
                throw new BadInputException(
                        "TornadoVM reaches tensor cores through its backends ptx and cuda only; choose one with --backend");
            }
            devices = devices.stream().filter(d -> d.halfPeak() > 0).toList();
            if (devices.isEmpty()) {
                throw new BadInputException("TornadoVM reaches no matrix units of the "
                        + GpuDevice.of(device).label() + "; choose a GPU of NVIDIA for --precision mixed");
            }
        }
        Map<GpuDevice, List<Step>> steps = new LinkedHashMap<>();
        devices.forEach(d -> steps.put(d, List.of(step(d, false), step(d, true))));
        if (json) {
            System.out.println(json(steps));
        } else {
            print(
                    "A model, not a measurement: %s, %s, batch %d, code of TornadoVM's backend %s, %.1f us a launch%s.%n%n",
                    model,
                    precision == Precision.MIXED ? "mixed precision on tensor cores" : "single precision",
                    batch,
                    backend,
                    launch,
                    replay ? ", " + REPLAYED + " us a replayed one" : "");
            if (devices.size() == 1) {
                steps.values().iterator().next().forEach(GpuModel::printLayers);
            }
            printSteps(steps);
        }
        return 0;
    }

    private Step step(GpuDevice on, boolean training) {
        NetworkPreset preset = Networks.preset(model);
        Shape images = Shape.of(batch, preset.config().inputChannels(), preset.imageSize(), preset.imageSize());
        LaunchModel times = new LaunchModel(KernelTable.load(), backend, on);
        return Step.of(
                preset.config(),
                images,
                training,
                times,
                on,
                new Launching(launch * 1e-6, (replay ? REPLAYED : launch) * 1e-6),
                precision);
    }

    private static void printLayers(Step step) {
        print("%s%n", step.training() ? "TRAINING STEP" : "INFERENCE");
        print("%-44s %9s %12s %13s  %s%n", "layer", "launches", "forward, ms", "backward, ms", "longest bound by");
        step.layers().forEach(GpuModel::print);
        print("%n%-44s %9s %12s %13s  %s%n", "kernel", "launches", "forward, ms", "backward, ms", "longest bound by");
        step.kernels().forEach(GpuModel::print);
        print("%n");
    }

    private static void print(String name, Group group) {
        print(
                "%-44s %9d %12.3f %13.3f  %s%n",
                name,
                group.count(),
                1e3 * group.forward(),
                1e3 * group.backward(),
                group.bound().name().toLowerCase(Locale.ROOT).replace('_', ' '));
    }

    /** The table of bench/README.md. */
    private void printSteps(Map<GpuDevice, List<Step>> steps) {
        print("| device | step | ms | images/s | of "
                + (precision == Precision.MIXED ? "tensor cores'" : "fp32")
                + " peak | launches | arithmetic at the peak | rims and taps | other"
                + " instructions | idle | memory | launching |%n|---|---|---|---|---|---|---|---|---|---|---|---|%n");
        steps.forEach((device, both) -> both.forEach(step -> print(device, step)));
    }

    private static void print(GpuDevice device, Step step) {
        double all = step.milliseconds() / 1e3;
        Parts parts = step.parts();
        print(
                "| %s | %s | %.1f | %.0f | %.0f %% | %d | %.0f %% | %.0f %% | %.0f %% | %.0f %% | %.0f %% | %.0f %% |%n",
                device.label(),
                step.training() ? "training" : "inference",
                step.milliseconds(),
                step.batch() / all,
                100 * step.share(),
                step.launches(),
                100 * parts.arithmetic() / all,
                100 * parts.padding() / all,
                100 * parts.instructions() / all,
                100 * parts.idle() / all,
                100 * parts.memory() / all,
                100 * step.launchSeconds() / all);
    }

    private String json(Map<GpuDevice, List<Step>> steps) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("what", "a model, not a measurement");
        all.put("model", model);
        all.put("batch", batch);
        all.put("backend", backend);
        all.put("precision", precision.name().toLowerCase(Locale.ROOT));
        all.put("launchMicroseconds", launch);
        all.put("replayedMicroseconds", replay ? REPLAYED : launch);
        all.put("devices", steps);
        return JsonMapper.builder()
                .enable(SerializationFeature.INDENT_OUTPUT)
                .build()
                .writeValueAsString(all);
    }

    private static void print(String format, Object... values) {
        System.out.printf(Locale.ROOT, format, values);
    }
}
