package dev.squall.op;

import static dev.squall.op.Input.random;
import static dev.squall.op.Linear.linear;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.OpTest.rejects;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class LinearTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check(
                        "with bias",
                        in -> linear(in[0], in[1], in[2]),
                        random(3, 17),
                        random(10, 17).parameter(),
                        random(10).parameter()),
                check(
                        "without bias",
                        in -> linear(in[0], in[1], null),
                        random(2, 5),
                        random(33, 5).parameter()),
                check(
                        "batch of one",
                        in -> linear(in[0], in[1], in[2]),
                        random(1, 33),
                        random(1, 33).parameter(),
                        random(1).parameter()),
                check(
                        "images without gradient",
                        in -> linear(in[0], in[1], in[2]),
                        random(4, 3).constant(),
                        random(5, 3).parameter(),
                        random(5).parameter()),
                check(
                        "frozen weights",
                        in -> linear(in[0], in[1], in[2]),
                        random(4, 3),
                        random(5, 3).buffer(),
                        random(5).buffer()),
                rejects(
                        "weights for other features",
                        List.of("linear needs features [N, C] and weights [K, C]", "[3, 17] and [10, 16]"),
                        in -> linear(in[0], in[1], null),
                        random(3, 17),
                        random(10, 16).parameter()),
                rejects(
                        "a bias of another size",
                        List.of("linear needs a bias [10]", "got [9]"),
                        in -> linear(in[0], in[1], in[2]),
                        random(3, 17),
                        random(10, 17).parameter(),
                        random(9).parameter()),
                rejects(
                        "images",
                        List.of("linear needs features [N, C]", "[2, 3, 5, 7]"),
                        in -> linear(in[0], in[1], null),
                        random(2, 3, 5, 7),
                        random(10, 3).parameter()));
    }
}
