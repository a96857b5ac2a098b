package dev.squall.jvm;

import static dev.squall.jvm.AgainstReference.check;

import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
class JvmLossTest {
    @ParameterizedTest
    @CsvSource({"1,1,1", "1,5,1", "3,17,1", "2,1000,1", "64,10,1", "3,7,60"})
    void softmaxAndCrossEntropy(int n, int c, double spread) {
        check(o -> {
            Shape shape = Shape.of(n, c);
            Storage x = o.random(shape, Role.ACTIVATION, 0, spread);
            Storage y = o.out(shape);
            Storage dy = o.activation(shape);
            Storage targets = o.random(shape, Role.ACTIVATION, 0.5, 0.1);
            o.backend.loss().softmax(x, y);
            o.backend.loss().softmaxBackward(y, dy, o.out(shape));
            o.backend.loss().softmaxBackward(y, dy, dy);
            o.backend.loss().crossEntropy(x, targets, o.out(Shape.SCALAR), o.out(shape));
            o.backend.loss().softmax(x, x);
        });
    }
}
