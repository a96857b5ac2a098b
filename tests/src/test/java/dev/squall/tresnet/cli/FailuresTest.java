package dev.squall.tresnet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Exceptions that no command has an answer to. */
@Tag("fast")
class FailuresTest {
    static Stream<Arguments> failures() {
        return Stream.of(
                Arguments.of(new EOFException(), 2, "t: a file cannot be read or written: it ends too early"),
                Arguments.of(new IOException("Broken"), 2, "t: a file cannot be read or written: Broken"),
                Arguments.of(new NoSuchFileException("x"), 2, "t: x cannot be read or written: there is no such file"),
                Arguments.of(
                        new UncheckedIOException(new AccessDeniedException("x")),
                        2,
                        "t: x cannot be read or written: access denied"),
                Arguments.of(
                        new CompletionException(new FileSystemException("x", null, "No space left on device")),
                        2,
                        "t: x cannot be read or written: No space left on device"),
                Arguments.of(
                        new InternalError("a fault occurred in a recent unsafe memory access operation"),
                        2,
                        "t: a file became shorter while it was read"),
                Arguments.of(new OutOfMemoryError("Java heap space"), 2, "t: the memory of the Java heap"),
                Arguments.of(new StackOverflowError(), 1, "t: this is a fault of the program: the stack"),
                Arguments.of(new IllegalStateException(), 1, "t: this is a fault of the program"),
                Arguments.of(new NoClassDefFoundError("x/Y"), 1, "t: this is a fault of the program: a part"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void becomeASentenceAndAnExitCode(Throwable thrown, int exitCode, String beginning) {
        Failures.Ending ending = Failures.of(thrown, "t");

        assertThat(ending.exitCode()).isEqualTo(exitCode);
        assertThat(ending.sentence()).startsWith(beginning).doesNotContain("null");
    }
}
