package dev.squall.op;

import static dev.squall.op.GlobalAveragePool.globalAveragePool;
import static dev.squall.op.GlobalAveragePool.globalAveragePoolKeepDims;
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
class GlobalAveragePoolTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("features of 2, 3, 5, 7", in -> globalAveragePool(in[0]), random(2, 3, 5, 7)),
                check("features of 3, 17, 1, 1", in -> globalAveragePool(in[0]), random(3, 17, 1, 1)),
                check("features of 1, 33, 7, 7", in -> globalAveragePool(in[0]), random(1, 33, 7, 7)),
                check("features of 2, 5, 2, 2", in -> globalAveragePool(in[0]), random(2, 5, 2, 2)),
                check("one pixel of 2, 3, 5, 7", in -> globalAveragePoolKeepDims(in[0]), random(2, 3, 5, 7)),
                check("one pixel of 3, 17, 1, 1", in -> globalAveragePoolKeepDims(in[0]), random(3, 17, 1, 1)),
                check("one pixel of 1, 33, 7, 7", in -> globalAveragePoolKeepDims(in[0]), random(1, 33, 7, 7)),
                check("one pixel of 2, 5, 2, 2", in -> globalAveragePoolKeepDims(in[0]), random(2, 5, 2, 2)),
                rejects(
                        "features",
                        List.of("globalAveragePool needs images [N, C, H, W]"),
                        in -> globalAveragePool(in[0]),
                        random(2, 3)));
    }
}
