package dev.squall.op;

import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.OpTest.rejects;
import static dev.squall.op.SliceChannels.sliceChannels;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class SliceChannelsTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("the first 3 of 5", in -> sliceChannels(in[0], 0, 3), random(2, 5, 5, 7)),
                check("15 to 32 of 33", in -> sliceChannels(in[0], 15, 18), random(2, 33, 2, 2)),
                check("all", in -> sliceChannels(in[0], 0, 17), random(1, 17, 1, 1)),
                check("features", in -> sliceChannels(in[0], 5, 1), random(3, 17)),
                rejects(
                        "too many",
                        List.of("sliceChannels needs at least 3 + 3 channels", "[2, 5, 5, 7]"),
                        in -> sliceChannels(in[0], 3, 3),
                        random(2, 5, 5, 7)),
                rejects(
                        "a negative start",
                        List.of("sliceChannels needs", "from 0 on"),
                        in -> sliceChannels(in[0], -1, 3),
                        random(2, 5, 5, 7)));
    }
}
