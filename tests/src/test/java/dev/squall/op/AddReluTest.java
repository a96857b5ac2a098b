package dev.squall.op;

import static dev.squall.op.AddRelu.addRelu;
import static dev.squall.op.AddRelu.addReluInPlace;
import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.OpTest.rejects;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class AddReluTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check(
                        "5x7",
                        in -> addRelu(in[0], in[1]),
                        random(2, 3, 5, 7).between(0.6, 1),
                        random(2, 3, 5, 7).between(0.1, 0.5)),
                check(
                        "1x1",
                        in -> addRelu(in[0], in[1]),
                        random(1, 33, 1, 1).between(0.6, 1),
                        random(1, 33, 1, 1).between(0.1, 0.5)),
                check(
                        "in place",
                        in -> addReluInPlace(in[0], in[1]),
                        random(2, 17, 2, 2).between(0.6, 1),
                        random(2, 17, 2, 2).between(0.1, 0.5)),
                check("of a tensor with itself", in -> addRelu(in[0], in[0]), random(2, 5, 7, 7)),
                check("in place, of a tensor with itself", in -> addReluInPlace(in[0], in[0]), random(2, 5, 2, 2)),
                rejects(
                        "different shapes",
                        List.of("addRelu needs two tensors of one shape"),
                        in -> addRelu(in[0], in[1]),
                        random(1, 3, 2, 2),
                        random(1, 3, 2, 1)));
    }
}
