package dev.squall.op;

import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class BinaryCrossEntropyTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check(
                        "features",
                        in -> BinaryCrossEntropy.binaryCrossEntropy(in[0], in[1]),
                        random(3, 9).between(0.1, 3),
                        random(3, 9).positive().constant()),
                check(
                        "each, weighted",
                        in -> BinaryCrossEntropy.eachBinaryCrossEntropy(in[0], in[1], in[2]),
                        random(3, 9).between(0.1, 3),
                        random(3, 9).positive(),
                        random(9).between(0.5, 2).positive().constant()));
    }
}
