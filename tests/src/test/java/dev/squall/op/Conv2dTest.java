package dev.squall.op;

import static dev.squall.backend.ConvGeometry.square;
import static dev.squall.op.Conv2d.conv2d;
import static dev.squall.op.Conv2d.conv2dActivated;
import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.OpTest.rejects;

import dev.squall.backend.Activation;
import dev.squall.backend.ConvGeometry;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class Conv2dTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                conv("3x3 padded", square(3, 1, 1), random(2, 3, 5, 7), random(5, 3, 3, 3)),
                biased("3x3 padded, 17 to 33 channels", square(3, 1, 1), random(1, 17, 7, 7), random(33, 17, 3, 3)),
                conv("3x3 on one pixel", square(3, 1, 1), random(2, 5, 1, 1), random(3, 5, 3, 3)),
                conv("3x3 on 2x2", square(3, 1, 1), random(2, 1, 2, 2), random(17, 1, 3, 3)),
                conv("3x3 with more padding than needed", square(3, 1, 2), random(1, 3, 5, 7), random(3, 3, 3, 3)),
                biased("1x1 with bias", square(1, 1, 0), random(2, 17, 5, 7), random(5, 17, 1, 1)),
                biased("1x1 on one pixel with bias", square(1, 1, 0), random(3, 33, 1, 1), random(17, 33, 1, 1)),
                conv("1x1 with stride 2", square(1, 2, 0), random(2, 3, 5, 7), random(5, 3, 1, 1)),
                conv("3x3 with stride 2", square(3, 2, 1), random(2, 3, 7, 7), random(5, 3, 3, 3)),
                conv("2x2 with stride 2, leaving a rest", square(2, 2, 0), random(2, 3, 5, 7), random(5, 3, 2, 2)),
                biased("7x7 with stride 2 and bias", square(7, 2, 3), random(1, 3, 7, 7), random(17, 3, 7, 7)),
                conv("dilated", new ConvGeometry(3, 3, 1, 1, 2, 2, 2, 2, 1), random(2, 3, 5, 7), random(5, 3, 3, 3)),
                conv(
                        "rectangular",
                        new ConvGeometry(3, 5, 2, 1, 1, 2, 1, 1, 1),
                        random(2, 3, 5, 7),
                        random(5, 3, 3, 5)),
                biased(
                        "everything different both ways",
                        new ConvGeometry(2, 3, 1, 2, 1, 0, 2, 1, 1),
                        random(1, 5, 5, 7),
                        random(3, 5, 2, 3)),
                conv("two groups", square(3, 1, 1).grouped(2), random(2, 6, 5, 7), random(10, 3, 3, 3)),
                biased(
                        "three groups with stride 2",
                        square(3, 2, 1).grouped(3),
                        random(1, 51, 5, 7),
                        random(9, 17, 3, 3)),
                conv("depthwise", square(3, 1, 1).grouped(17), random(2, 17, 5, 7), random(17, 1, 3, 3)),
                biased(
                        "depthwise 5x5 with stride 2",
                        square(5, 2, 2).grouped(5),
                        random(2, 5, 7, 7),
                        random(5, 1, 5, 5)),
                conv(
                        "depthwise, two outputs for each channel",
                        square(3, 1, 1).grouped(3),
                        random(2, 3, 5, 7),
                        random(6, 1, 3, 3)),
                check(
                        "with leaky ReLU",
                        in -> conv2dActivated(in[0], in[1], in[2], square(3, 1, 1), Activation.leakyRelu(0.8f)),
                        random(2, 3, 5, 7),
                        random(5, 3, 3, 3).parameter(),
                        random(5).parameter()),
                check(
                        "1x1 on one pixel with sigmoid",
                        in -> conv2dActivated(in[0], in[1], in[2], square(1, 1, 0), Activation.SIGMOID),
                        random(3, 33, 1, 1),
                        random(17, 33, 1, 1).parameter(),
                        random(17).parameter()),
                check(
                        "with tanh, without bias",
                        in -> conv2dActivated(in[0], in[1], null, square(1, 1, 0), Activation.TANH),
                        random(2, 3, 2, 2),
                        random(5, 3, 1, 1).parameter()),
                rejects(
                        "an activation that needs its input",
                        List.of(
                                "conv2dActivated takes an activation whose derivative follows from its output, not SILU"),
                        in -> conv2dActivated(in[0], in[1], null, square(1, 1, 0), Activation.SILU),
                        random(2, 3, 2, 2),
                        random(5, 3, 1, 1).parameter()),
                check(
                        "images without gradient",
                        in -> conv2d(in[0], in[1], null, square(3, 1, 1)),
                        random(2, 3, 5, 7).constant(),
                        random(5, 3, 3, 3).parameter()),
                check(
                        "frozen weights",
                        in -> conv2d(in[0], in[1], in[2], square(3, 1, 1)),
                        random(2, 3, 5, 7),
                        random(5, 3, 3, 3).buffer(),
                        random(5).parameter()),
                rejects(
                        "another number of channels",
                        List.of("conv2d needs images and weights that agree on C", "[2, 4, 5, 7] and [5, 3, 3, 3]"),
                        in -> conv2d(in[0], in[1], null, square(3, 1, 1)),
                        random(2, 4, 5, 7),
                        random(5, 3, 3, 3).parameter()),
                rejects(
                        "weights for another kernel",
                        List.of("conv2d needs weights for a kernel of 3x3", "[5, 3, 1, 1]"),
                        in -> conv2d(in[0], in[1], null, square(3, 1, 1)),
                        random(2, 3, 5, 7),
                        random(5, 3, 1, 1).parameter()),
                rejects(
                        "images smaller than the kernel",
                        List.of("conv2d needs images at least as large as the kernel"),
                        in -> conv2d(in[0], in[1], null, square(3, 1, 0)),
                        random(2, 3, 2, 7),
                        random(5, 3, 3, 3).parameter()),
                rejects(
                        "weights that are no parameter",
                        List.of("conv2d needs weights", "made as a parameter"),
                        in -> conv2d(in[0], in[1], null, square(3, 1, 1)),
                        random(2, 3, 5, 7),
                        random(5, 3, 3, 3)),
                rejects(
                        "a bias of another size",
                        List.of("conv2d needs a bias [5]", "got [4]"),
                        in -> conv2d(in[0], in[1], in[2], square(3, 1, 1)),
                        random(2, 3, 5, 7),
                        random(5, 3, 3, 3).parameter(),
                        random(4).parameter()));
    }

    private static DynamicTest conv(String name, ConvGeometry geometry, Input x, Input w) {
        return check(name, in -> conv2d(in[0], in[1], null, geometry), x, w.parameter());
    }

    private static DynamicTest biased(String name, ConvGeometry geometry, Input x, Input w) {
        Input bias = random(w.shape().dim(0)).parameter();
        return check(name, in -> conv2d(in[0], in[1], in[2], geometry), x, w.parameter(), bias);
    }
}
