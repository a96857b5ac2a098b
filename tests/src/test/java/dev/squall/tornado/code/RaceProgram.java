package dev.squall.tornado.code;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.Epilogue;
import dev.squall.backend.Norm;
import dev.squall.backend.Normalisation.Running;
import dev.squall.backend.Update;
import dev.squall.bench.gpu.KernelFigures;
import dev.squall.nn.Module;
import dev.squall.nn.NetworkExamples;
import dev.squall.nn.NormKind;
import dev.squall.op.CrossEntropy;
import dev.squall.tensor.Role;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tensor.Tensor;
import dev.squall.tornado.Simulated;
import dev.squall.tornado.TornadoVmBackend;
import dev.squall.tornado.device.Device;
import dev.squall.tornado.device.Devices;
import dev.squall.tornado.device.Launcher;
import dev.squall.tornado.device.Split;
import dev.squall.tornado.device.Tiling;
import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.MemoryKernels;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A program that launches the kernels for GPUs for {@link RacesTest}, and prints the name of each: {@code FAULTY}, those that are faulty on purpose;
 * {@code SHORT}, those whose work-items meet in local memory or share what they sum; {@code ALL}, also steps of a training and sums that are cut. Those that
 * take images run once more in mixed precision, and are printed as {@code NAME}{@value KernelFigures#HALVES} if images were halves.
 *
 * <p>A device that interprets kernels takes a third of a second for a tile's round of 16 steps. So shapes are just large enough for what can go wrong: two groups in each direction, two
 * rounds, which use both halves of local memory, rims of images and of tiles.
 */
final class RaceProgram {
    private static final ConvGeometry COLUMN_OF_3 = new ConvGeometry(3, 1, 1, 1, 1, 0, 1, 1, 1);
    private static final Norm NORM = Norm.inplaceAbn(1e-5f, Activation.leakyRelu(0.01f));

    private final Backend backend;
    private final SplittableRandom random = new SplittableRandom(1);

    private RaceProgram(Backend backend) {
        this.backend = backend;
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("FAULTY")) {
            faulty();
        } else {
            // As many processors as a large GPU has, so that sums are cut.
            System.setProperty(Split.PROCESSORS, "132");
            boolean all = arguments[0].equals("ALL");
            TornadoVmBackend single = Simulated.backend(true);
            new RaceProgram(single).run(all);
            Simulated.launchedKernels(single).forEach(System.out::println);
            TornadoVmBackend mixed = Simulated.mixed();
            new RaceProgram(mixed).images(all);
            Simulated.launchedWithHalves(mixed).forEach(name -> System.out.println(name + KernelFigures.HALVES));
        }
        // TornadoVM's threads would keep the process.
        System.exit(0);
    }

    private static void faulty() {
        List<Kernel> kernels = new ArrayList<>(FaultyKernels.ALL);
        kernels.addFirst(MemoryKernels.FILL);
        Device device = new Device(Devices.get(0), kernels, new int[] {2 * Device.ZERO_VECTORS}, true, number -> {});
        for (Kernel kernel : FaultyKernels.ALL) {
            int[] sizes = {Device.ZERO_VECTORS * 8};
            device.launch(kernel, Launcher.NO_OPERANDS, 2 * kernel.localX(), 1, sizes);
            System.out.println(kernel.name());
        }
    }

    private void run(boolean all) throws Exception {
        System.setProperty(Tiling.COLUMNS, "64");
        backend.matmul().matmul(features(130, 20), false, parameter(20, 72), false, features(130, 72));
        backend.loss().softmax(features(5, 9), features(5, 9));
        backend.loss().crossEntropy(features(5, 9), features(5, 9), features(1), features(5, 9));
        update();
        if (all) {
            backend.matmul().matmul(features(8, 1100), false, parameter(1100, 8), false, features(8, 8));
        }
        images(all);
        if (all) {
            new RaceProgram(Simulated.severalArenas()).train();
        }
    }

    /** What takes images, which lie in memory as halves in mixed precision. */
    private void images(boolean all) throws Exception {
        System.setProperty(Tiling.COLUMNS, "64");
        convolve(activation(2, 8, 9, 8), parameter(8, 8, 3, 1), COLUMN_OF_3, activation(2, 8, 9, 8));
        System.setProperty(Tiling.COLUMNS, "128");
        convolve(activation(1, 8, 5, 4), parameter(8, 8, 3, 1), COLUMN_OF_3, activation(1, 8, 5, 4));
        twoWideTiles();
        convolve(activation(2, 9, 5, 5), parameter(9, 1, 3, 3), square(9), activation(2, 9, 5, 5));
        convolve(activation(2, 8, 5, 5), parameter(12, 2, 3, 3), square(4), activation(2, 12, 5, 5));
        normalise(activation(2, 12, 9, 9), 12);
        sums(activation(2, 12, 9, 9), activation(2, 12, 9, 9));
        excite(activation(2, 12, 9, 9), activation(2, 12));
        if (all) {
            convolve(
                    activation(1, 72, 4, 4),
                    parameter(8, 72, 4, 4),
                    ConvGeometry.square(4, 1, 0),
                    activation(1, 8, 1, 1));
            normalise(activation(1, 1, 129, 128), 1);
            train();
        }
    }

    private static ConvGeometry square(int groups) {
        return ConvGeometry.square(3, 1, 1).grouped(groups);
    }

    private void convolve(Storage x, Storage w, ConvGeometry g, Storage y) {
        Epilogue epilogue = new Epilogue(parameter(y.shape().channels()), activation(y.shape()), Activation.RELU);
        backend.convolution().forward(x, w, g, epilogue, y);
        backend.convolution().backwardInput(y, w, g, activation(x.shape()));
        backend.convolution().backwardWeight(x, y, g, w);
        download(w);
    }

    private void twoWideTiles() {
        Storage x = activation(1, 8, 5, 4);
        Storage w = parameter(136, 8, 1, 1);
        Storage y = activation(1, 136, 5, 4);
        backend.convolution().forward(x, w, ConvGeometry.square(1, 1, 0), Epilogue.NONE, y);
        backend.convolution().backwardWeight(x, y, ConvGeometry.square(1, 1, 0), w);
        download(w);
    }

    private void normalise(Storage x, int channels) {
        Storage mean = parameter(channels);
        Storage variance = parameter(channels);
        Storage weight = parameter(channels);
        Storage bias = parameter(channels);
        Storage y = activation(x.shape());
        Running running = new Running(parameter(channels), parameter(channels), 0.1f);
        backend.normalisation().normalise(x, mean, variance, running, weight, bias, NORM, y);
        backend.normalisation().apply(x, mean, variance, weight, bias, NORM, y);
        backend.normalisation()
                .backwardFromOutput(
                        y, variance, weight, bias, x, NORM, true, x, parameter(channels), parameter(channels));
    }

    private void sums(Storage x, Storage y) {
        backend.reduction().sum(x, features(1));
        backend.reduction().dot(x, y, features(1));
        backend.reduction().channelSum(x, parameter(12));
        backend.reduction().channelDot(x, y, activation(2, 12));
        backend.pooling().globalAverage(x, activation(2, 12));
    }

    private void excite(Storage x, Storage s) {
        Storage y = activation(x.shape());
        backend.elementwise().exciteAddRelu(x, s, activation(x.shape()), y);
        backend.elementwise().multiplyChannelsBackward(x, s, y, activation(x.shape()), activation(s.shape()));
        backend.elementwise()
                .exciteAddReluBackward(
                        x,
                        s,
                        y,
                        activation(x.shape()),
                        activation(x.shape()),
                        activation(s.shape()),
                        activation(x.shape()));
        backend.elementwise().activateBackward(Activation.SIGMOID, x, y, activation(x.shape()), parameter(12));
    }

    private void update() {
        List<Storage> parameters = List.of(parameter(300), parameter(7), parameter(20, 16));
        List<Storage> gradients = List.of(parameter(300), parameter(7), parameter(20, 16));
        List<Storage> means = List.of(parameter(300), parameter(7), parameter(20, 16));
        List<Storage> squares = List.of(parameter(300), parameter(7), parameter(20, 16));
        backend.update().sgd(parameters, gradients, means, new Update.Sgd(0.1f, 0.9f, 1e-4f, true, false));
        backend.update()
                .adam(parameters, gradients, means, squares, new Update.Adam(0.1f, 0.9, 0.999, 1e-8f, 0, true, 1));
        backend.update().interpolate(means, parameters, 0.9f);
        parameters.forEach(this::download);
    }

    private void train() throws Exception {
        try (Module network =
                        NetworkExamples.small(backend, NormKind.INPLACE, 3).initialise(1);
                Scope _ = Scope.open()) {
            Tensor x = NetworkExamples.normal(backend, 1, 2, 2, 8, 8);
            Autograd.backward(CrossEntropy.crossEntropy(network.forward(x), new int[] {0, 2}, 0.1f));
            network.parameters()
                    .values()
                    .forEach(parameter -> download(parameter.gradient().storage()));
        }
    }

    private Storage activation(int... shape) {
        return activation(Shape.of(shape));
    }

    private Storage features(int... shape) {
        return activation(shape);
    }

    private Storage activation(Shape shape) {
        return filled(shape, Role.ACTIVATION);
    }

    private Storage parameter(int... shape) {
        return filled(Shape.of(shape), Role.PARAMETER);
    }

    private Storage filled(Shape shape, Role role) {
        float[] values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(0.1, 1);
        }
        Storage storage = backend.allocate(shape, role);
        backend.upload(values, storage);
        return storage;
    }

    private void download(Storage storage) {
        backend.download(storage, new float[storage.shape().elements()]);
    }
}
