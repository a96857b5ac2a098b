package dev.squall.io.weights;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.io.HostTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Several files that are one model: all of them or none, however the writing ends. */
@Tag("fast")
class ShardsTest {
    private static final int MANY = 20_000;

    @TempDir
    private Path directory;

    private static Map<String, HostTensor> tensors(int count) {
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            tensors.put("t" + i, HostTensor.ofFloats(new float[] {i}, 1));
        }
        return tensors;
    }

    @Test
    void whatWasThereBeforeIsReplacedAndReadAgain() throws IOException {
        Path model = directory.resolve("model.safetensors");
        for (int round = 0; round < 2; round++) {
            Shards.write(model, tensors(3), Map.of(), 4);
            assertThat(WeightsFile.read(Shards.index(model), true).tensors()).isEqualTo(tensors(3));
            try (Stream<Path> files = Files.list(directory)) {
                assertThat(files).hasSize(4);
            }
        }
    }

    /** A program that takes a while for them. */
    static final class Slow {
        public static void main(String[] arguments) throws IOException {
            Shards.write(Path.of(arguments[0]), tensors(MANY), Map.of(), 4);
        }
    }

    /** As by Ctrl-C: none of the new ones is left, and an old one is what it was. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aSignalLeavesWhatWasThereBefore() throws Exception {
        Path model = directory.resolve("model.safetensors");
        Path old =
                Files.writeString(directory.resolve("model-00001-of-%05d.safetensors".formatted(MANY)), "an old one");
        Process program = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Slow.class.getName(),
                        model.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            int written = 0;
            while (written < 10 && program.isAlive()) {
                Thread.sleep(20);
                try (Stream<Path> files = Files.list(directory)) {
                    written = (int) files.count();
                }
            }
            program.destroy();
            assertThat(program.waitFor(1, TimeUnit.MINUTES)).isTrue();
            assertThat(program.exitValue()).isEqualTo(143);
        } finally {
            program.destroyForcibly();
        }
        assertThat(old).hasContent("an old one");
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(old);
        }
    }
}
