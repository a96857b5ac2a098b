package dev.squall.op;

import static dev.squall.op.ConvTranspose2d.convTranspose2d;
import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.OpTest.rejects;

import dev.squall.backend.ConvGeometry;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class ConvTranspose2dTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check(
                        "stride 2",
                        in -> convTranspose2d(in[0], in[1], in[2], ConvGeometry.square(3, 2, 1), 1, 1),
                        random(2, 5, 3, 4),
                        random(5, 7, 3, 3).parameter(),
                        random(7).parameter()),
                check(
                        "stride 1",
                        in -> convTranspose2d(in[0], in[1], null, ConvGeometry.square(3, 1, 0), 0, 0),
                        random(2, 17, 3, 4),
                        random(17, 3, 3, 3).parameter()),
                check(
                        "kernel 2, stride 2",
                        in -> convTranspose2d(in[0], in[1], null, ConvGeometry.square(2, 2, 0), 0, 0),
                        random(1, 4, 3, 3),
                        random(4, 6, 2, 2).parameter()),
                check(
                        "groups",
                        in -> convTranspose2d(
                                in[0], in[1], null, ConvGeometry.square(3, 2, 1).grouped(2), 0, 1),
                        random(2, 4, 3, 4),
                        random(4, 3, 3, 3).parameter()),
                check(
                        "dilation",
                        in -> convTranspose2d(in[0], in[1], in[2], new ConvGeometry(2, 3, 1, 2, 0, 1, 2, 1, 1), 0, 1),
                        random(2, 3, 3, 4),
                        random(3, 2, 2, 3).parameter(),
                        random(2).parameter()));
    }

    @TestFactory
    Stream<DynamicTest> badInput() {
        return Stream.of(rejects(
                "too many extra rows",
                List.of("convTranspose2d", "extra"),
                in -> convTranspose2d(in[0], in[1], null, ConvGeometry.square(3, 2, 1), 2, 0),
                random(2, 5, 3, 4),
                random(5, 7, 3, 3).parameter()));
    }
}
