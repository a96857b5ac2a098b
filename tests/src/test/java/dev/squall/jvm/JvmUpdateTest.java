package dev.squall.jvm;

import static dev.squall.jvm.AgainstReference.check;

import dev.squall.backend.Operands;
import dev.squall.backend.Update.Adam;
import dev.squall.backend.Update.Sgd;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
class JvmUpdateTest {
    private static final List<Shape> SHAPES =
            List.of(Shape.of(1), Shape.of(17), Shape.of(33, 5, 3, 3), Shape.of(4096), Shape.of(300_001));

    @ParameterizedTest
    @CsvSource({"0, 0, false", "0, 1e-2, false", "0.9, 1e-2, false", "0.9, 0, true", "0.9, 1e-4, true"})
    void sgd(float momentum, float decay, boolean nesterov) {
        check(o -> {
            List<Storage> parameters = parameters(o, 1);
            List<Storage> buffers = momentum == 0
                    ? List.of()
                    : SHAPES.stream().map(s -> o.out(s, Role.PARAMETER)).toList();
            for (boolean first : new boolean[] {true, false}) {
                o.backend
                        .update()
                        .sgd(parameters, parameters(o, 1), buffers, new Sgd(0.1f, momentum, decay, nesterov, first));
            }
        });
    }

    @ParameterizedTest
    @CsvSource({"0, false", "1e-2, false", "1e-2, true"})
    void adam(float decay, boolean decoupled) {
        check(o -> {
            List<Storage> parameters = parameters(o, 1);
            List<Storage> means = parameters(o, 0);
            List<Storage> squares = parameters(o, 0);
            for (int step = 1; step <= 3; step++) {
                o.backend
                        .update()
                        .adam(
                                parameters,
                                parameters(o, 1),
                                means,
                                squares,
                                new Adam(1e-2f, 0.9, 0.999, 1e-8f, decay, decoupled, step));
            }
        });
    }

    @ParameterizedTest
    @CsvSource({"0", "0.999", "1"})
    void interpolate(float decay) {
        check(o -> o.backend.update().interpolate(parameters(o, 1), parameters(o, 1), decay));
    }

    private static List<Storage> parameters(Operands o, double deviation) {
        return SHAPES.stream().map(s -> o.parameter(s, 0, deviation)).toList();
    }
}
