package dev.squall.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Backends;
import dev.squall.io.HostTensor;
import dev.squall.io.SafeTensors;
import dev.squall.train.RunDirectory.Existing;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class ThreadsTest {
    private static final Recipe CONFIG = Recipe.of(2, 5).with("clip", 2).with("ema", 0.9);

    @TempDir
    private Path directory;

    @Test
    void weightsDoNotDependOnTheNumberOfThreadsAndHardlyOnTheBackend() {
        Map<String, HostTensor> one = weights("jvm", 1);
        assertThat(weights("jvm", 2)).isEqualTo(one);
        Map<String, HostTensor> reference = weights("reference", 1);
        one.forEach((name, tensor) -> {
            float[] expected = reference.get(name).floats();
            float[] actual = tensor.floats();
            for (int i = 0; i < actual.length; i++) {
                assertThat(actual[i]).as(name).isCloseTo(expected[i], within(1e-3f));
            }
        });
    }

    private Map<String, HostTensor> weights(String name, int threads) {
        RunDirectory run = RunDirectory.open(directory.resolve(name + threads), Existing.REFUSE);
        try (Backend backend =
                Backends.open(name, BackendOptions.DEFAULT.withThreads(threads)).backend()) {
            ToyRun toy = new ToyRun(backend, CONFIG, 0.1f);
            long before = backend.liveBytes();
            toy.into(run);
            toy.network.train();
            assertThat(backend.liveBytes()).isEqualTo(before);
        }
        return SafeTensors.read(run.last()).tensors();
    }
}
