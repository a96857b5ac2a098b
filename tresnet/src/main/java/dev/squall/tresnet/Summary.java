package dev.squall.tresnet;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.meta.Counters;
import dev.squall.backend.meta.LargestBatch;
import dev.squall.backend.meta.MetaBackend;
import dev.squall.error.BadInputException;
import dev.squall.nn.ForwardHook;
import dev.squall.nn.Module;
import dev.squall.tensor.HalfFormat;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a network consists of and costs on a batch of images, found on shapes alone.
 *
 * @param layers in the order in which they compute
 * @param parameters the number of learned values
 * @param multiplyAdds of convolutions and linear layers, forward, for the whole batch
 * @param activationBytes what a forward pass keeps for the backward pass
 * @param peakTrainingBytes the most memory in one step of SGD with momentum, parameters and optimizer included
 * @param peakInferenceBytes the most memory in a forward pass without gradients, parameters included
 */
public record Summary(
        List<Layer> layers,
        long parameters,
        long multiplyAdds,
        long activationBytes,
        long peakTrainingBytes,
        long peakInferenceBytes) {
    /** Beyond this, {@link #largestTrainingBatch} does not look. */
    private static final int LARGEST_BATCH = 65_536;

    /**
     * One layer.
     *
     * @param name the module's full name
     * @param kind its class
     * @param input shape
     * @param output shape
     * @param parameters its learned values
     * @param multiplyAdds of the whole batch
     */
    public record Layer(String name, String kind, String input, String output, long parameters, long multiplyAdds) {}

    public Summary {
        layers = List.copyOf(layers);
    }

    /** Of the network that {@code config} describes, on a batch of images of the given size. */
    public static Summary of(NetworkConfig config, int batch, int height, int width) {
        return of(config, batch, height, width, null);
    }

    /** The same with a training that keeps images in {@code activations}, if that is not null. */
    public static Summary of(NetworkConfig config, int batch, int height, int width, @Nullable HalfFormat activations) {
        config.requireImageSize(height, width);
        Shape images = Shape.of(batch, config.inputChannels(), height, width);
        List<Layer> layers;
        long parameters;
        try (MetaBackend backend = new MetaBackend();
                Module network = config.build(backend)) {
            LayerRecorder recorder = new LayerRecorder(backend);
            layers = recorder.layers;
            parameters = network.parameterCount();
            // Recorded and with running statistics, so that nothing is fused and every layer shows, even for a batch of
            // one pixel.
            network.eval();
            try (Module.Watching watching = network.watch(recorder);
                    Scope scope = Scope.open()) {
                network.forward(Tensor.empty(backend, images));
            }
        }
        Footprint training = Footprint.ofTraining(new MetaBackend(MetaBackend.FLOATS, activations), config, images);
        return new Summary(
                layers,
                parameters,
                layers.stream().mapToLong(Layer::multiplyAdds).sum(),
                training.activationBytes(),
                training.peakBytes(),
                peakInferenceBytes(new MetaBackend(), config, images));
    }

    /** The largest batch of images of the given size for which a training step stays within {@code memoryBytes}; 0 if there is none. */
    public static int largestTrainingBatch(NetworkConfig config, int height, int width, long memoryBytes) {
        return largestBatch(
                memoryBytes,
                batch -> Footprint.ofTraining(
                                new MetaBackend(), config, Shape.of(batch, config.inputChannels(), height, width))
                        .peakBytes());
    }

    /** The same on {@code backend}, as it pads its tensors. */
    public static int largestTrainingBatch(
            NetworkConfig config, int height, int width, long memoryBytes, Backend backend) {
        return largestTrainingBatch(config, height, width, memoryBytes, backend, network -> {});
    }

    /** The same for a network of which {@code freezing} freezes parts. */
    public static int largestTrainingBatch(
            NetworkConfig config, int height, int width, long memoryBytes, Backend backend, Consumer<Module> freezing) {
        return largestBatch(memoryBytes, batch -> peakBytes(true, config, batch, height, width, backend, freezing));
    }

    /** The largest batch that {@code backend} evaluates within {@code memoryBytes}; 0 if there is none. */
    public static int largestInferenceBatch(
            NetworkConfig config, int height, int width, long memoryBytes, Backend backend) {
        return largestBatch(memoryBytes, batch -> peakBytes(false, config, batch, height, width, backend));
    }

    /**
     * The most memory that a batch takes on {@code backend}, as it pads its tensors, parameters included: in a training step or in a forward
     * pass alone. {@code Long.MAX_VALUE} if a tensor would have more elements than there are numbers for.
     */
    public static long peakBytes(
            boolean training, NetworkConfig config, int batch, int height, int width, Backend backend) {
        return peakBytes(training, config, batch, height, width, backend, network -> {});
    }

    /** The same for a network of which {@code freezing} freezes parts. */
    public static long peakBytes(
            boolean training,
            NetworkConfig config,
            int batch,
            int height,
            int width,
            Backend backend,
            Consumer<Module> freezing) {
        try {
            Shape images = Shape.of(batch, config.inputChannels(), height, width);
            MetaBackend meta = new MetaBackend(backend);
            return training
                    ? Footprint.ofTraining(meta, config, images, freezing).peakBytes()
                    : peakInferenceBytes(meta, config, images);
        } catch (BadInputException e) {
            throw e;
        } catch (IllegalArgumentException | ArithmeticException e) {
            return Long.MAX_VALUE;
        }
    }

    private static int largestBatch(long memoryBytes, IntToLongFunction peakBytes) {
        return LargestBatch.fitting(memoryBytes, LARGEST_BATCH, batch -> {
            try {
                return peakBytes.applyAsLong(batch);
            } catch (IllegalArgumentException | ArithmeticException e) {
                // A tensor of the batch would have more than 2^31 - 1 elements.
                return Long.MAX_VALUE;
            }
        });
    }

    private static long peakInferenceBytes(MetaBackend backend, NetworkConfig config, Shape images) {
        try (backend;
                Module network = config.build(backend);
                Scope scope = Scope.open()) {
            network.eval();
            Tensor x = Tensor.empty(backend, images);
            Autograd.withoutGradients(() -> network.forward(x));
            return backend.peakBytes();
        }
    }

    /** Notes every module that has no modules in it. */
    private static final class LayerRecorder implements ForwardHook {
        private final List<Layer> layers = new ArrayList<>();
        private final Deque<Counters> before = new ArrayDeque<>();
        private final MetaBackend backend;

        LayerRecorder(MetaBackend backend) {
            this.backend = backend;
        }

        @Override
        public void before(String name, Module module, Shape input) {
            before.push(backend.counters());
        }

        @Override
        public void after(String name, Module module, Shape input, Tensor output) {
            Counters work = backend.counters().since(before.pop());
            if (module.children().isEmpty()) {
                layers.add(new Layer(
                        name,
                        module.getClass().getSimpleName(),
                        input.toString(),
                        output.shape().toString(),
                        module.parameterCount(),
                        work.multiplyAdds()));
            }
        }
    }
}
