package dev.squall.op;

import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.OpTest.rejects;
import static dev.squall.op.Pad.pad;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class PadTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check(
                        "constant",
                        in -> pad(in[0], new int[] {0, 0, 1, 0}, new int[] {0, 0, 2, 3}, 0f),
                        random(2, 3, 5, 6)),
                check(
                        "another constant, all dimensions",
                        in -> pad(in[0], new int[] {1, 2, 0, 1}, new int[] {0, 1, 2, 3}, -0.75f),
                        random(2, 5, 3, 4)),
                check(
                        "cut off",
                        in -> pad(in[0], new int[] {0, 0, -1, 2}, new int[] {0, -1, 1, -2}, 0.5f),
                        random(2, 5, 3, 4)),
                check("rank 2", in -> pad(in[0], new int[] {1, 0}, new int[] {0, 2}, 1f), random(3, 7)),
                check(
                        "reflect",
                        in -> pad(in[0], new int[] {0, 0, 1, 3}, new int[] {0, 0, 2, 1}, Pad.Mode.REFLECT),
                        random(2, 17, 5, 6)),
                check(
                        "reflect rank 3",
                        in -> pad(in[0], new int[] {0, 0, 3}, new int[] {0, 0, 2}, Pad.Mode.REFLECT),
                        random(2, 3, 4)),
                check(
                        "replicate",
                        in -> pad(in[0], new int[] {0, 0, 2, 0}, new int[] {0, 0, 1, 3}, Pad.Mode.REPLICATE),
                        random(1, 2, 4, 5)),
                check(
                        "replicate more than there is",
                        in -> pad(in[0], new int[] {0, 0, 5, 1}, new int[] {0, 0, 1, 7}, Pad.Mode.REPLICATE),
                        random(2, 3, 2, 1)),
                check(
                        "nothing",
                        in -> pad(in[0], new int[] {0, 0, 0, 0}, new int[] {0, 0, 0, 0}, Pad.Mode.REFLECT),
                        random(2, 3, 2, 2)));
    }

    @TestFactory
    Stream<DynamicTest> badInput() {
        return Stream.of(
                rejects(
                        "too much to reflect",
                        List.of("pad", "reflect", "[1, 2, 4, 3]"),
                        in -> pad(in[0], new int[] {0, 0, 0, 3}, new int[] {0, 0, 0, 0}, Pad.Mode.REFLECT),
                        random(1, 2, 4, 3)),
                rejects(
                        "margins of another rank",
                        List.of("pad", "[4, 3]"),
                        in -> pad(in[0], new int[] {0, 0, 0, 0}, new int[] {0, 0, 0, 0}, 0f),
                        random(4, 3)));
    }
}
