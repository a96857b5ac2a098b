package dev.squall.op;

import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.OpTest.rejects;
import static dev.squall.op.SpaceToDepth.spaceToDepth;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class SpaceToDepthTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("block 4 on 2, 3, 8, 12", in -> spaceToDepth(in[0], 4), random(2, 3, 8, 12)),
                check("block 2 on 2, 5, 2, 6", in -> spaceToDepth(in[0], 2), random(2, 5, 2, 6)),
                check("block 3 on 1, 17, 6, 3", in -> spaceToDepth(in[0], 3), random(1, 17, 6, 3)),
                check("block 1 on 2, 3, 5, 7", in -> spaceToDepth(in[0], 1), random(2, 3, 5, 7)),
                check("block 7 on 2, 1, 7, 7", in -> spaceToDepth(in[0], 7), random(2, 1, 7, 7)),
                rejects(
                        "a rest",
                        List.of("spaceToDepth needs images whose height and width are multiples of 4", "[1, 3, 8, 10]"),
                        in -> spaceToDepth(in[0], 4),
                        random(1, 3, 8, 10)),
                rejects(
                        "block 0",
                        List.of("block size of at least 1, got 0"),
                        in -> spaceToDepth(in[0], 0),
                        random(1, 3, 8, 8)));
    }
}
