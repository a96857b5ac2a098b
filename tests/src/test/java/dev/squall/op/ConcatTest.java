package dev.squall.op;

import static dev.squall.op.Concat.concat;
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
class ConcatTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("3 and 5 channels", in -> concat(List.of(in)), random(2, 3, 5, 7), random(2, 5, 5, 7)),
                check(
                        "17, 1 and 33 channels",
                        in -> concat(List.of(in)),
                        random(2, 17, 2, 2),
                        random(2, 1, 2, 2),
                        random(2, 33, 2, 2)),
                check("16 and 16 channels", in -> concat(List.of(in)), random(1, 16, 1, 1), random(1, 16, 1, 1)),
                check("a tensor with itself", in -> concat(List.of(in[0], in[0])), random(2, 5, 7, 7)),
                check(
                        "one without gradient",
                        in -> concat(List.of(in)),
                        random(2, 3, 2, 2).constant(),
                        random(2, 5, 2, 2)),
                check("features", in -> concat(List.of(in)), random(3, 17), random(3, 5)),
                check("rows", in -> concat(List.of(in), 0), random(2, 3, 2, 2), random(1, 3, 2, 2)),
                check("widths", in -> concat(List.of(in), -1), random(2, 17, 2, 3), random(2, 17, 2, 1)),
                check("rank 3", in -> concat(List.of(in), 1), random(2, 3, 4), random(2, 5, 4)),
                check(
                        "vectors",
                        in -> concat(List.of(in), 0),
                        random(3),
                        random(4).parameter()),
                check("one tensor", in -> concat(List.of(in)), random(2, 3, 2, 2)),
                rejects(
                        "planes of different sizes",
                        List.of("concat needs tensors that differ only in dimension 1"),
                        in -> concat(List.of(in)),
                        random(2, 3, 5, 7),
                        random(2, 3, 7, 5)),
                rejects(
                        "images with features",
                        List.of("concat needs tensors that differ only in dimension 1"),
                        in -> concat(List.of(in)),
                        random(2, 3, 1, 1),
                        random(2, 3)),
                rejects("nothing", List.of("concat needs at least one tensor"), in -> concat(List.of(in))));
    }
}
