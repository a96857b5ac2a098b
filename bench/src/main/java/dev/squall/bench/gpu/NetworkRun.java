package dev.squall.bench.gpu;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Precision;
import dev.squall.backend.BackendOptions.Replay;
import dev.squall.backend.checked.CallWatcher;
import dev.squall.nn.ForwardHook;
import dev.squall.nn.Module;
import dev.squall.op.CrossEntropy;
import dev.squall.optim.ExponentialMovingAverage;
import dev.squall.optim.ParameterGroup;
import dev.squall.optim.Sgd;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tensor.Tensor;
import dev.squall.tornado.TornadoVmBackend;
import dev.squall.tornado.sim.LaunchLog;
import dev.squall.tornado.sim.LaunchLog.Launched;
import dev.squall.tornado.sim.SimulatorOptions;
import dev.squall.tresnet.NetworkConfig;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import uk.ac.manchester.tornado.api.enums.TornadoDeviceType;

/**
 * The launches of one step of a network, found by running it on the TornadoVM backend in the simulator, which counts them as on a GPU and computes
 * nothing. So whatever the backend does about tiles, parts and kernels is in it without a word here.
 */
final class NetworkRun implements CallWatcher, ForwardHook {
    /** Of the weights' average, as the paper trains. */
    private static final float DECAY = 0.999f;

    private static final float MOMENTUM = 0.9f;

    /** What launches belong to that belong to no layer. */
    static final String OTHER = "(step)";

    private static final String CONVOLUTION = "convolution";
    private static final String WEIGHT_GRADIENT = "convolution's weight gradient";

    private static final long MOST_MEMORY = 8L << 30;

    private final List<Launch> launches = new ArrayList<>();
    private final Map<Storage, String> layers = new IdentityHashMap<>();

    /** The layers of convolutions. */
    private final Map<Convolved, String> convolutions = new HashMap<>();

    private final Deque<String> names = new ArrayDeque<>();
    private final List<Call> calls = new ArrayList<>();

    /** In the order in which they were asked for. */
    private final List<Launched> executed = new ArrayList<>();

    private boolean backward;
    private boolean listening;
    private LongSupplier asked = () -> 0;
    private int counted;
    private String layer = OTHER;
    private double bytes;

    /**
     * A launch and what it belongs to.
     *
     * @param layer the full name of the layer
     * @param backward whether it is part of the backward pass or of the update
     * @param primitive the call of the backend that it is part of
     * @param kernel its name
     * @param halves whether images lie in memory as halves
     * @param blocks how many
     * @param threads of a block
     * @param sizes as the kernel documents them
     * @param bytes that it reads and writes, as far as the operands of the call tell
     */
    record Launch(
            String layer,
            boolean backward,
            String primitive,
            String kernel,
            boolean halves,
            int blocks,
            int threads,
            int[] sizes,
            double bytes) {
        /** What the table of kernels calls it. */
        String line() {
            return halves ? kernel + KernelFigures.HALVES : kernel;
        }
    }

    /**
     * What a convolution is known by when its gradient is computed.
     *
     * @param x its input
     * @param weights their shape
     */
    private record Convolved(Storage x, Shape weights) {}

    /**
     * A call of the backend.
     *
     * @param launches that it asked for
     */
    private record Call(String layer, boolean backward, String primitive, double bytes, int launches) {}

    private NetworkRun() {}

    /** The launches of an inference, or else of a training step with SGD, momentum and an average of the weights, when all is warm. */
    static List<Launch> of(NetworkConfig config, Shape images, int processors, boolean training, Precision precision) {
        SimulatorOptions before = SimulatorOptions.current();
        String property = "squall.tornado.processors";
        String processorsBefore = System.getProperty(property);
        System.setProperty(property, Integer.toString(processors));
        SimulatorOptions.set(before.withExecution(false).withDevice(TornadoDeviceType.GPU));
        NetworkRun run = new NetworkRun();
        BackendOptions options = BackendOptions.DEFAULT
                .withMemoryBytes(MOST_MEMORY)
                .withPrecision(precision)
                .withReplay(Replay.NEVER);
        try (TornadoVmBackend backend = new TornadoVmBackend(options);
                Module network = config.build(backend)) {
            LaunchLog.listen(run::launched);
            if (training) {
                run.train(backend, network, images);
            } else {
                run.infer(backend, network, images);
            }
            return run.launches;
        } finally {
            LaunchLog.listen(null);
            SimulatorOptions.set(before);
            if (processorsBefore == null) {
                System.clearProperty(property);
            } else {
                System.setProperty(property, processorsBefore);
            }
        }
    }

    private void infer(TornadoVmBackend backend, Module network, Shape images) {
        network.eval();
        Runnable step = () -> {
            try (Scope _ = Scope.open()) {
                Tensor x = filled(backend, images);
                Autograd.withoutGradients(() -> network.forward(x));
            }
        };
        twice(backend, network, step);
    }

    private void train(TornadoVmBackend backend, Module network, Shape images) {
        Map<String, Tensor> all = new TreeMap<>(network.parameters());
        all.putAll(network.buffers());
        try (Sgd optimizer = new Sgd(
                        ParameterGroup.withoutDecayOnBiasesAndNorms(network.parameters(), 1e-4f), MOMENTUM, true);
                var average = new ExponentialMovingAverage(all, DECAY)) {
            twice(backend, network, () -> {
                backward = false;
                try (Scope _ = Scope.open()) {
                    Tensor loss = CrossEntropy.crossEntropy(
                            network.forward(filled(backend, images)), new int[images.batch()], 0.1f);
                    backward = true;
                    Autograd.backward(loss);
                }
                names.clear();
                layers.clear();
                convolutions.clear();
                optimizer.step(0.1f);
                optimizer.zeroGradients();
                average.update();
            });
        }
    }

    /** Images that are on the device already. */
    private static Tensor filled(Backend backend, Shape images) {
        Tensor x = Tensor.empty(backend, images);
        backend.fill(x.storage(), 0f);
        return x;
    }

    /** The first time, buffers are made and weights packed. */
    private void twice(TornadoVmBackend backend, Module network, Runnable step) {
        step.run();
        network.parameters()
                .forEach((name, tensor) -> layers.put(
                        tensor.storage(), name.contains(".") ? name.substring(0, name.lastIndexOf('.')) : name));
        // What the backend still holds back is asked for now.
        filled(backend, Shape.of(1)).close();
        counted = Math.toIntExact(backend.launches());
        asked = backend::launches;
        backend.watch(this);
        listening = true;
        try (Module.Watching _ = network.watch(this)) {
            step.run();
            backend.watch(null);
            filled(backend, Shape.of(1)).close();
        } finally {
            listening = false;
            backend.watch(null);
        }
        assign();
    }

    @Override
    public void before(String name, Module module, Shape input) {
        names.push(name);
    }

    @Override
    public void after(String name, Module module, Shape input, Tensor output) {
        names.pop();
    }

    @Override
    public void before(String primitive, List<Storage> read, List<Storage> written) {
        bytes = 0;
        read.forEach(storage -> bytes += storage.bytes());
        written.forEach(storage -> bytes += storage.bytes());
        if (primitive.equals(WEIGHT_GRADIENT)) {
            // Its first operand is the convolution's input, and its result is like the weights.
            layer = convolutions.getOrDefault(
                    new Convolved(read.getFirst(), written.getFirst().shape()), OTHER);
        } else if (!(read.isEmpty() && written.isEmpty())) {
            layer = layer(read, written);
        }
        if (!backward) {
            written.forEach(storage -> layers.putIfAbsent(storage, layer));
            if (primitive.equals(CONVOLUTION)) {
                convolutions.put(new Convolved(read.get(0), read.get(1).shape()), layer);
            }
        }
    }

    /** Forward, the module that computes; backward, the one whose parameter or result is among the operands. */
    private String layer(List<Storage> read, List<Storage> written) {
        if (!backward) {
            return names.isEmpty() ? OTHER : names.peek();
        }
        for (Storage storage : read) {
            if (layers.containsKey(storage)) {
                return layers.get(storage);
            }
        }
        return written.stream()
                .filter(layers::containsKey)
                .map(layers::get)
                .findFirst()
                .orElse(OTHER);
    }

    private void launched(Launched launch) {
        if (listening) {
            executed.add(launch);
        }
    }

    @Override
    public void after(String primitive) {
        int now = Math.toIntExact(asked.getAsLong());
        calls.add(new Call(layer, backward, primitive, bytes, now - counted));
        counted = now;
    }

    /** Each launch of a call moves the bytes of its operands in proportion to its threads: those that add up partial sums have few. */
    private void assign() {
        int first = 0;
        for (Call call : calls) {
            List<Launched> ofCall = executed.subList(first, first + call.launches);
            first += call.launches;
            double most = ofCall.stream().mapToDouble(NetworkRun::threads).max().orElse(1);
            for (Launched launch : ofCall) {
                launches.add(new Launch(
                        call.layer,
                        call.backward,
                        call.primitive,
                        launch.kernel(),
                        launch.halves(),
                        launch.blocks()[0] * launch.blocks()[1],
                        launch.items(),
                        launch.sizes(),
                        call.bytes * threads(launch) / most));
            }
        }
    }

    private static double threads(Launched launch) {
        return (double) launch.blocks()[0] * launch.blocks()[1] * launch.items();
    }
}
