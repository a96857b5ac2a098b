package dev.squall.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@Tag("fast")
class AtomicFileTest {
    @TempDir
    Path directory;

    @Test
    void aFailureLeavesTheOldFileAndNothingElse() throws IOException {
        Path file = Files.writeString(directory.resolve("best"), "old");

        assertThatThrownBy(() -> AtomicFile.write(file, out -> {
                    out.write(ByteBuffer.wrap("half of the new".getBytes()));
                    throw new IOException("disk full");
                }))
                .isInstanceOf(IOException.class)
                .hasMessage("disk full");

        assertThat(file).hasContent("old");
        assertThat(directory).isDirectoryNotContaining("glob:**.tmp");
    }

    @Test
    void aSuccessReplacesTheOldFile() throws IOException {
        Path file = Files.writeString(directory.resolve("best"), "old and longer");

        AtomicFile.write(file, out -> out.write(ByteBuffer.wrap("new".getBytes())));

        assertThat(file).hasContent("new");
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void aLinkStaysALink() throws IOException {
        Path file = Files.writeString(directory.resolve("best"), "old");
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);

        AtomicFile.write(link, "new".getBytes());

        assertThat(link).isSymbolicLink();
        assertThat(file).hasContent("new");
    }

    /** Moved over with another file, a device would be gone for every program. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aDeviceIsWrittenToAndNotReplaced() throws IOException {
        Path device = Files.createSymbolicLink(directory.resolve("device"), Path.of("/dev/full"));

        assertThatThrownBy(() -> AtomicFile.write(device, "new".getBytes())).isInstanceOf(IOException.class);

        assertThat(device).isSymbolicLink();
        assertThat(AtomicFile.isStream(device)).isTrue();
    }

    /** A program that is told to end while it writes, as by Ctrl-C. */
    static final class Slow {
        public static void main(String[] arguments) throws IOException {
            AtomicFile.write(Path.of(arguments[0]), out -> {
                out.write(ByteBuffer.wrap("half of the new".getBytes()));
                System.out.println("writing");
                LockSupport.parkNanos(Duration.ofMinutes(2).toNanos());
            });
        }
    }

    @Test
    void aSignalLeavesTheOldFileAndNothingElse() throws IOException, InterruptedException {
        Path file = Files.writeString(directory.resolve("best"), "old");
        Process program = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Slow.class.getName(),
                        file.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = program.inputReader()) {
            assertThat(out.readLine()).isEqualTo("writing");
            assertThat(directory).isDirectoryContaining("glob:**.tmp");
            program.destroy();
            assertThat(program.waitFor(1, TimeUnit.MINUTES)).isTrue();
        } finally {
            program.destroyForcibly();
        }
        assertThat(file).hasContent("old");
        assertThat(directory).isDirectoryNotContaining("glob:**.tmp");
    }
}
