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

@Tag("fast")
class RunDirectoryTest {
    @TempDir
    private Path directory;

    @Test
    void makesADirectory() {
        RunDirectory run = RunDirectory.open(directory.resolve("a/b"), Existing.REFUSE);
        assertThat(run.path()).isDirectory();
        assertThat(run.isResumed()).isFalse();
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
        assertThat(directory.resolve("last.safetensors")).hasContent("precious");
    }

    @Test
    void overwritesTheRunAndNothingElse() throws IOException {
        Files.writeString(directory.resolve("last.safetensors"), "old");
        Files.writeString(directory.resolve("notes.txt"), "mine");
        RunDirectory.open(directory, Existing.OVERWRITE);
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
