package dev.squall.op;

import static dev.squall.op.Gather.gather;
import static dev.squall.op.Gather.indexSelect;
import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.OpTest.rejects;

import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class GatherTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("channels", in -> indexSelect(in[0], 1, 4, 0, 4, 16), random(2, 17, 3, 4)),
                check("rows", in -> indexSelect(in[0], 0, 2, 2, 0), random(3, 7).parameter()),
                check("last", in -> indexSelect(in[0], -1, 3, 1), random(2, 3, 4)),
                check(
                        "elements",
                        in -> gather(
                                in[0],
                                1,
                                Tensor.fromArray(
                                        in[0].memory(), Shape.of(2, 3, 2), 0, 4, 4, 1, 2, 2, 3, 0, 0, 0, 1, 4)),
                        random(3, 5, 2)),
                check(
                        "of images",
                        in -> gather(
                                in[0],
                                2,
                                Tensor.fromArray(in[0].memory(), Shape.of(1, 2, 2, 2), 0, 2, 1, 1, 2, 2, 0, 0)),
                        random(2, 5, 3, 2)));
    }

    @TestFactory
    Stream<DynamicTest> badInput() {
        return Stream.of(
                rejects("an index beyond", List.of("indexSelect", "3"), in -> indexSelect(in[0], 0, 3), random(3, 7)));
    }
}
