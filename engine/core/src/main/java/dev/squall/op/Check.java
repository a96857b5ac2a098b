package dev.squall.op;

import dev.squall.backend.PoolGeometry;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;

/** Checks of an operation's inputs, with messages that name the operation, what it expected and what came. */
final class Check {
    private Check() {}

    static void that(boolean condition, String op, String expectation, Tensor... inputs) {
        if (!condition) {
            StringBuilder shapes = new StringBuilder();
            for (Tensor input : inputs) {
                shapes.append(shapes.isEmpty() ? "" : " and ").append(input.shape());
            }
            throw new IllegalArgumentException(op + " needs " + expectation + ", got " + shapes);
        }
    }

    static void sameShape(String op, Tensor x, Tensor y) {
        that(x.shape().equals(y.shape()), op, "two tensors of one shape", x, y);
        that(x.storage().role() == y.storage().role(), op, "two activations or two parameters, not one of each", x, y);
        sameBackend(op, x, y);
    }

    static void images(String op, Tensor x) {
        that(x.shape().rank() == 4 && x.storage().role() == Role.ACTIVATION, op, "images [N, C, H, W]", x);
    }

    static void features(String op, Tensor x) {
        that(x.shape().rank() == 2 && x.storage().role() == Role.ACTIVATION, op, "features [N, C]", x);
    }

    static void imagesOrFeatures(String op, Tensor x) {
        int rank = x.shape().rank();
        that(
                (rank == 4 || rank == 2) && x.storage().role() == Role.ACTIVATION,
                op,
                "images [N, C, H, W] or features [N, C]",
                x);
    }

    /** One value for each channel of {@code x}, the same for every image. */
    static void perChannel(String op, String name, Tensor x, Tensor s) {
        int channels = x.shape().channels();
        that(s.shape().equals(Shape.of(channels)), op, name + " [" + channels + "] for " + x.shape(), s);
        sameBackend(op, x, s);
    }

    /** One value for each channel of {@code x}, either the same for every image or each image's own. */
    static void perChannelOrImage(String op, Tensor x, Tensor s) {
        int batch = x.shape().batch();
        int channels = x.shape().channels();
        that(
                s.shape().equals(Shape.of(channels))
                        || s.shape().equals(Shape.of(batch, channels))
                        || s.shape().equals(Shape.of(batch, channels, 1, 1)),
                op,
                "one value for each channel, [C], [N, C] or [N, C, 1, 1], as second operand",
                x,
                s);
        sameBackend(op, x, s);
    }

    /** Images that at least one pooling window fits into. */
    static void window(String op, Tensor x, PoolGeometry g) {
        images(op, x);
        that(
                x.shape().height() + 2L * g.padH() >= g.kernelH() && x.shape().width() + 2L * g.padW() >= g.kernelW(),
                op,
                "images at least as large as the window of " + g.kernelH() + "x" + g.kernelW() + ", less the padding",
                x);
    }

    static void sameBackend(String op, Tensor x, Tensor y) {
        if (!x.storage().memory().equals(y.storage().memory())) {
            throw new IllegalArgumentException(op + " needs both operands on one backend, got "
                    + x.storage().memory().name() + " and "
                    + y.storage().memory().name());
        }
    }
}
