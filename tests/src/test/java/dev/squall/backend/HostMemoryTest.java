package dev.squall.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Linux says of memory, in files as it writes them. */
@Tag("fast")
class HostMemoryTest {
    private static final long MIB = 1 << 20;

    @TempDir
    private Path directory;

    @BeforeEach
    void machineWithEightGigabytesFree() throws IOException {
        write(
                "proc/meminfo",
                "MemTotal:  16777216 kB\nMemFree:  1024 kB\nMemAvailable:  8388608 kB\nSwapFree:  0 kB\n");
        write("proc/self/status", "Name:\tjava\nVmSize:\t 1048576 kB\nVmData:\t  524288 kB\n");
        write("proc/self/cgroup", "0::/\n");
        limits("unlimited", "unlimited");
    }

    private void limits(String addressSpace, String data) throws IOException {
        write(
                "proc/self/limits",
                "Limit                     Soft Limit           Hard Limit           Units     \n"
                        + "Max data size             " + data + "            unlimited            bytes     \n"
                        + "Max address space         " + addressSpace
                        + "            unlimited            bytes     \n");
    }

    private void write(String file, String text) throws IOException {
        Path path = directory.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private HostMemory.Available available() {
        return HostMemory.available(directory.resolve("proc"), directory.resolve("sys"));
    }

    @Test
    void theMachine() {
        assertThat(available().bytes()).isEqualTo(8192 * MIB);
        assertThat(available().limit()).contains("this machine");
    }

    @Test
    void aControlGroupOfVersion2AndWhatItIsIn() throws IOException {
        write("proc/self/cgroup", "0::/outer/inner\n");
        write("sys/outer/inner/memory.max", "max\n");
        write("sys/outer/memory.max", 2048 * MIB + "\n");
        write("sys/outer/memory.current", 1024 * MIB + "\n");
        write("sys/outer/memory.stat", "anon 5\ninactive_file " + 512 * MIB + "\n");

        assertThat(available().bytes()).isEqualTo(1536 * MIB);
        assertThat(available().limit()).contains("container");
    }

    @Test
    void aControlGroupOfVersion1WhosePathIsThatOfTheWorldOutside() throws IOException {
        write("proc/self/cgroup", "5:cpu:/x\n4:memory:/docker/4711\n0::/\n");
        write("sys/memory/memory.limit_in_bytes", 1024 * MIB + "\n");
        write("sys/memory/memory.usage_in_bytes", 256 * MIB + "\n");

        assertThat(available().bytes()).isEqualTo(768 * MIB);
    }

    /** What is free changes from moment to moment; limits are the same in each run. */
    @Test
    void limitsAreNotWhatHappensToBeFree() throws IOException {
        HostMemory.Available none = HostMemory.limits(directory.resolve("proc"), directory.resolve("sys"));
        assertThat(none.bytes()).isGreaterThan(1L << 50);

        write("proc/self/cgroup", "0::/inner\n");
        write("sys/inner/memory.max", 12288 * MIB + "\n");
        HostMemory.Available some = HostMemory.limits(directory.resolve("proc"), directory.resolve("sys"));
        assertThat(some.bytes()).isEqualTo(12288 * MIB);
        assertThat(available().bytes()).isEqualTo(8192 * MIB);
    }

    @Test
    void noLimitInVersion1() throws IOException {
        write("proc/self/cgroup", "4:memory:/\n");
        write("sys/memory/memory.limit_in_bytes", "9223372036854771712\n");

        assertThat(available().bytes()).isEqualTo(8192 * MIB);
    }

    @Test
    void limitsOfTheShell() throws IOException {
        limits("4294967296", "unlimited");
        assertThat(available().bytes()).isEqualTo(3072 * MIB);
        assertThat(available().limit()).contains("ulimit -v");

        limits("4294967296", "1073741824");
        assertThat(available().bytes()).isEqualTo(512 * MIB);
        assertThat(available().limit()).contains("ulimit -d");
    }

    @Test
    void aSystemThatSaysNothing() {
        assertThat(HostMemory.available(directory.resolve("none"), directory.resolve("none"))
                        .bytes())
                .isPositive();
    }
}
