package dev.squall.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.error.BadInputException;
import dev.squall.train.RunDirectory.Existing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("fast")
class RunDirectoryTest {
    @TempDir
    private Path directory;

    @Test
    void makesADirectory() {
        try (RunDirectory run = RunDirectory.open(directory.resolve("a/b"), Existing.REFUSE)) {
            assertThat(run.path()).isDirectory();
            assertThat(run.isResumed()).isFalse();
        }
        assertThat(directory.resolve("a/b")).as("nothing was left in it").doesNotExist();
    }

    @ParameterizedTest
    @EnumSource(Existing.class)
    void aSecondRunIsRefusedHoweverItIsStarted(Existing second) throws IOException {
        Files.writeString(directory.resolve("resume.safetensors"), "precious");
        try (RunDirectory first = RunDirectory.open(directory, Existing.RESUME)) {
            assertThatThrownBy(() -> RunDirectory.open(directory.resolve("../" + directory.getFileName()), second))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("in use by another run (process "
                            + ProcessHandle.current().pid() + " on ");
            assertThat(first.resume()).hasContent("precious");
        }
        RunDirectory.open(directory, Existing.RESUME).close();
    }

    @Test
    void whatCannotBeReplacedAsAWholeIsLeftAsItIs() throws IOException {
        Files.writeString(directory.resolve("best.safetensors"), "precious");
        Path page = Files.createDirectories(directory.resolve("run.html"));
        Files.createFile(page.resolve("something"));
        try (RunDirectory run = RunDirectory.open(directory, Existing.OVERWRITE)) {
            assertThatThrownBy(run::begin)
                    .isInstanceOf(BadInputException.class)
                    .hasMessageStartingWith(page + " is a directory where a run has a file");
            assertThat(run.best()).hasContent("precious");
        }
    }

    @Test
    void aRunWithoutACheckpointYetIsInUseToo() {
        try (RunDirectory first = RunDirectory.open(directory, Existing.REFUSE)) {
            assertThatThrownBy(() -> RunDirectory.open(first.path(), Existing.RESUME))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("in use by another run");
        }
        assertThatThrownBy(() -> RunDirectory.open(directory, Existing.RESUME))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("no resume.safetensors");
    }

    /** The lock is another process's: a Java program of one file. */
    @Test
    void aRunOfAnotherProcessIsSeen() throws Exception {
        Files.writeString(directory.resolve("resume.safetensors"), "precious");
        Path program = Files.writeString(directory.resolve("Locker.java"), """
                void main(String[] a) throws Exception {
                    var channel = java.nio.channels.FileChannel.open(java.nio.file.Path.of(a[0]),
                            java.nio.file.StandardOpenOption.CREATE, java.nio.file.StandardOpenOption.WRITE);
                    channel.write(java.nio.ByteBuffer.wrap("somebody else".getBytes()));
                    channel.lock(Long.MAX_VALUE - 1, 1, false);
                    IO.println("locked");
                    System.in.read();
                }
                """);
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        program.toString(),
                        directory.resolve(".lock").toString())
                .redirectErrorStream(true)
                .start();
        try {
            assertThat(other.inputReader().readLine()).isEqualTo("locked");
            assertThatThrownBy(() -> RunDirectory.open(directory, Existing.OVERWRITE))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("in use by another run (somebody else)");
        } finally {
            other.destroyForcibly().waitFor();
        }
        RunDirectory.open(directory, Existing.OVERWRITE).close();
    }

    @Test
    void deletesWhatAKilledRunWasWriting() throws IOException {
        Path leftover = Files.writeString(directory.resolve(".resume.safetensors.4711.tmp"), "half");
        Path settings = Files.writeString(directory.resolve(".settings.yaml.4711.tmp"), "half");
        Path mine = Files.writeString(directory.resolve(".notes.4711.tmp"), "mine");

        RunDirectory.open(directory, Existing.REFUSE).close();

        assertThat(leftover).doesNotExist();
        assertThat(settings).doesNotExist();
        assertThat(mine).exists();
    }

    @Test
    void refusesARunUnlessToldWhatToDo() throws IOException {
        Files.writeString(directory.resolve("last.safetensors"), "precious");
        assertThatThrownBy(() -> RunDirectory.open(directory, Existing.REFUSE))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("holds a run already");
        assertThatThrownBy(() -> RunDirectory.open(directory, Existing.RESUME))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("no resume.safetensors");
        assertThat(directory.resolve(".lock")).isEmptyFile();
        assertThat(directory.resolve("last.safetensors")).hasContent("precious");
    }

    @Test
    void overwritesTheRunAndNothingElse() throws IOException {
        Files.writeString(directory.resolve("last.safetensors"), "old");
        Files.writeString(directory.resolve("notes.txt"), "mine");
        try (RunDirectory run = RunDirectory.open(directory, Existing.OVERWRITE)) {
            assertThat(directory.resolve("last.safetensors")).hasContent("old");
            run.begin();
        }
        assertThat(directory.resolve("last.safetensors")).doesNotExist();
        assertThat(directory.resolve("notes.txt")).hasContent("mine");
    }

    @Test
    void refusesAFile() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");
        assertThatThrownBy(() -> RunDirectory.open(file, Existing.OVERWRITE))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("is a file");
    }
}
