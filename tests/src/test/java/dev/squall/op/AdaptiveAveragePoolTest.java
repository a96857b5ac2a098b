package dev.squall.op;

import static dev.squall.op.AdaptiveAveragePool.adaptiveAveragePool;
import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class AdaptiveAveragePoolTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("to 3x3 from 7x8", in -> adaptiveAveragePool(in[0], 3, 3), random(2, 3, 7, 8)),
                check("to one", in -> adaptiveAveragePool(in[0], 1, 1), random(2, 17, 5, 6)),
                check("larger and smaller", in -> adaptiveAveragePool(in[0], 5, 2), random(1, 2, 3, 9)),
                check("rank 3", in -> adaptiveAveragePool(in[0], 2, 3), random(3, 4, 7)));
    }
}
