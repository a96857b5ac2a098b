package dev.squall.op;

import static dev.squall.op.CrossEntropy.crossEntropy;
import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.OpTest.rejects;
import static dev.squall.op.Scale.scale;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class CrossEntropyTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("labels", in -> crossEntropy(in[0], new int[] {0, 16, 5}, 0f), random(3, 17)),
                check("labels, smoothed", in -> crossEntropy(in[0], new int[] {4, 0, 0, 2}, 0.1f), random(4, 5)),
                check("one row of 33 classes", in -> crossEntropy(in[0], new int[] {32}, 0.1f), random(1, 33)),
                check(
                        "large logits",
                        in -> crossEntropy(in[0], new int[] {1, 2}, 0.1f),
                        random(2, 3).between(5, 90)),
                check(
                        "soft targets",
                        in -> crossEntropy(in[0], in[1]),
                        random(3, 9),
                        random(3, 9).positive().constant()),
                check("scaled", in -> scale(-3f, crossEntropy(in[0], new int[] {1, 0}, 0f)), random(2, 5)),
                rejects(
                        "a label out of range",
                        List.of("labels from 0 to 4", "got 5 at position 1"),
                        in -> crossEntropy(in[0], new int[] {0, 5}, 0f),
                        random(2, 5)),
                rejects(
                        "a negative label",
                        List.of("labels from 0 to 4", "got -1 at position 0"),
                        in -> crossEntropy(in[0], new int[] {-1, 0}, 0f),
                        random(2, 5)),
                rejects(
                        "too few labels",
                        List.of("one label for each of the 2 rows", "got 1"),
                        in -> crossEntropy(in[0], new int[] {0}, 0f),
                        random(2, 5)),
                rejects(
                        "full smoothing",
                        List.of("label smoothing in [0, 1)", "got 1.0"),
                        in -> crossEntropy(in[0], new int[] {0, 0}, 1f),
                        random(2, 5)),
                rejects(
                        "targets of another shape",
                        List.of("crossEntropy needs two tensors of one shape"),
                        in -> crossEntropy(in[0], in[1]),
                        random(2, 5),
                        random(2, 4).constant()));
    }
}
