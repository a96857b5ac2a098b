package dev.squall.op;

import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.OpTest.rejects;
import static dev.squall.op.Slice.select;
import static dev.squall.op.Slice.slice;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class SliceTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("rows", in -> slice(in[0], 0, 1, 4), random(5, 8)),
                check("columns with steps", in -> slice(in[0], -1, 1, 9, 3), random(2, 17, 3, 9)),
                check("channels with steps", in -> slice(in[0], 1, 1, -1, 2), random(2, 19, 3, 2)),
                check("heights from the end", in -> slice(in[0], 2, -3, 100), random(2, 3, 5, 2)),
                check("rank 6", in -> slice(in[0], 3, 1, 3), random(2, 1, 2, 4, 1, 2)),
                check("one channel", in -> select(in[0], 1, -1), random(2, 5, 3, 4)),
                check("one row", in -> select(in[0], 0, 2), random(4, 7).parameter()));
    }

    @TestFactory
    Stream<DynamicTest> badInput() {
        return Stream.of(
                rejects("nothing left", List.of("slice", "3"), in -> slice(in[0], 0, 3, 3), random(5, 8)),
                rejects("step 0", List.of("slice", "step"), in -> slice(in[0], 0, 0, 3, 0), random(5, 8)));
    }
}
