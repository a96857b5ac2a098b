package dev.squall.op;

import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.Upsample.upsampleBilinear;
import static dev.squall.op.Upsample.upsampleNearest;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class UpsampleTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("twice", in -> upsampleBilinear(in[0], 8, 10, false), random(2, 3, 4, 5)),
                check("to 7x11", in -> upsampleBilinear(in[0], 7, 11, false), random(1, 17, 5, 4)),
                check("corners", in -> upsampleBilinear(in[0], 7, 8, true), random(2, 2, 3, 5)),
                check("down", in -> upsampleBilinear(in[0], 4, 5, false), random(1, 2, 9, 8)),
                check("corners to one", in -> upsampleBilinear(in[0], 1, 1, true), random(1, 2, 3, 4)),
                check("from one", in -> upsampleBilinear(in[0], 3, 4, true), random(1, 2, 1, 1)),
                check("nearest", in -> upsampleNearest(in[0], 7, 9), random(2, 3, 4, 5)),
                check("nearest down", in -> upsampleNearest(in[0], 2, 3), random(2, 17, 5, 7)));
    }
}
