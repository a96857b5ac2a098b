package dev.squall.op;

import static dev.squall.op.Embedding.embedding;
import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.OpTest.rejects;

import dev.squall.tensor.Shape;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class EmbeddingTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check(
                        "words",
                        in -> embedding(in[0], new int[] {1, 0, 3, 1, 1, 2}, Shape.of(2, 3)),
                        random(4, 5).parameter()),
                check(
                        "padding",
                        in -> embedding(in[0], new int[] {1, 0, 3, 1}, Shape.of(4), 1),
                        random(4, 5).constant()));
    }

    @TestFactory
    Stream<DynamicTest> badInput() {
        return Stream.of(rejects(
                "a number beyond",
                List.of("embedding", "4"),
                in -> embedding(in[0], new int[] {4}, Shape.of(1)),
                random(4, 5)));
    }
}
