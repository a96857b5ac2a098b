package dev.squall.tornado;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.tornado.kernel.Kernels;
import dev.squall.tornado.sim.LaunchLog;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** Runs after all other tests, and fails if they left a kernel out: what was never launched is not tested, however green the run. */
@Tag("sim")
@Order(Integer.MAX_VALUE)
@DisabledIfSystemProperty(named = "test", matches = ".+", disabledReason = "only a part of the tests runs")
@DisabledIfSystemProperty(named = "backends", matches = ".+", disabledReason = "only a part of the backends is tested")
class EveryKernelTest {
    @Test
    void wasLaunchedInTheSimulator() {
        List<String> all = Kernels.all().stream()
                .map(kernel -> kernel.source().getSimpleName() + "." + kernel.name())
                .toList();

        assertThat(LaunchLog.kernels()).as("kernels that this run launched").containsAll(all);
    }
}
