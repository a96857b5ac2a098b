package dev.squall.op;

import dev.squall.tensor.Role;
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

    static void sameBackend(String op, Tensor x, Tensor y) {
        if (x.storage().memory() != y.storage().memory()) {
            throw new IllegalArgumentException(op + " needs both operands on one backend, got "
                    + x.storage().memory().name() + " and " + y.storage().memory().name());
        }
    }
}
