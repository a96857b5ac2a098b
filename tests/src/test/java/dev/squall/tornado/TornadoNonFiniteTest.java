package dev.squall.tornado;

import dev.squall.jvm.GroupedNonFiniteTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is not finite in one group of a convolution stays in this group in kernels, too, where groups are small or whole blocks. */
@Tag("sim")
@Tag("opencl")
class TornadoNonFiniteTest {
    @ParameterizedTest
    @CsvSource({
        // channels of a group, outputs of a group, groups, kernel, stride
        "1, 1, 20, 3, 1",
        "4, 4, 9, 3, 2",
        "8, 8, 5, 3, 1",
        "16, 16, 3, 3, 1",
        "32, 16, 2, 3, 2"
    })
    void staysInItsGroup(int inputs, int outputs, int groups, int kernel, int stride) {
        GroupedNonFiniteTest.check(TornadoFixture.CPU, inputs, outputs, groups, kernel, stride);
        GroupedNonFiniteTest.check(TornadoFixture.GPU, inputs, outputs, groups, kernel, stride);
    }
}
