package dev.squall.bench;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Replay;
import dev.squall.backend.Backends;
import dev.squall.nn.Module;
import dev.squall.op.CrossEntropy;
import dev.squall.optim.ParameterGroup;
import dev.squall.optim.Sgd;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import dev.squall.tresnet.Networks;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Images per second of a whole network, in batches of 8. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@OperationsPerInvocation(OperationState.BATCH)
@Warmup(iterations = 3, time = 5)
@Measurement(iterations = 5, time = 5)
@Fork(1)
public class NetworkBenchmark implements Work.Countable {
    private static final int CLASSES = 1000;

    /** The backend's name; {@code auto} for the one the command line would take. */
    @Param("jvm")
    public String backendName;

    /** Threads to compute with; 0 for one per processor. */
    @Param("0")
    public int threads;

    /** The network's name, as the command line takes it. */
    @Param({
        "tresnet_m",
        "resnet50",
        "resnet50d",
        "resnext50_32x4d",
        "seresnext50_32x4d",
        "efficientnet_b1",
        "mixnet_l",
        "mobilenetv3_large_100"
    })
    public String network;

    /** Height and width of the images in pixels. */
    @Param("224")
    public int size;

    private Backend backend;
    private Module model;
    private Sgd optimizer;
    private Tensor images;
    private final int[] labels = new int[OperationState.BATCH];

    @Override
    public void useBackend(String name) {
        backendName = name;
    }

    @Override
    public Backend backend() {
        return backend;
    }

    /** Builds the network, with random weights. */
    @Override
    @Setup(Level.Trial)
    public void open() {
        BackendOptions options = BackendOptions.DEFAULT.withReplay(Replay.NEVER);
        backend = Backends.open(backendName, options.withThreads(threads)).backend();
        model = Networks.create(network, backend, 3, CLASSES);
        model.initialise(1);
        optimizer = new Sgd(ParameterGroup.withoutDecayOnBiasesAndNorms(model.parameters(), 1e-4f), 0.9f, true);
        var random = new SplittableRandom(2);
        Shape shape = Shape.of(OperationState.BATCH, 3, size, size);
        float[] pixels = new float[shape.elements()];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) random.nextDouble();
        }
        images = Tensor.fromArray(backend, shape, pixels);
        for (int i = 0; i < labels.length; i++) {
            labels[i] = random.nextInt(CLASSES);
        }
    }

    /** Frees everything. */
    @Override
    @TearDown(Level.Trial)
    public void close() {
        images.close();
        optimizer.close();
        model.close();
        backend.close();
    }

    /** From images to logits on the host. */
    @Benchmark
    public float[] inference() {
        model.eval();
        return Autograd.withoutGradients(() -> {
            try (var _ = dev.squall.tensor.Scope.open()) {
                return model.forward(images).toArray();
            }
        });
    }

    /** Forward and backward pass and the update of the weights. */
    @Benchmark
    public float training() {
        model.train();
        try (var _ = dev.squall.tensor.Scope.open()) {
            Tensor loss = CrossEntropy.crossEntropy(model.forward(images), labels, 0.1f);
            Autograd.backward(loss);
            optimizer.step(1e-3f);
            optimizer.zeroGradients();
            return loss.item();
        }
    }
}
