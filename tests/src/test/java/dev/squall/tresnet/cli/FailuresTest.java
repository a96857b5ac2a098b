package dev.squall.tresnet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
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

    /** Neither the sentence nor a result moves the cursor of a terminal, whatever names are in a file. */
    @Test
    void nothingThatATerminalObeysIsPrinted() throws IOException {
        String name = "\u001b[2J\u0007" + "x".repeat(1 << 20);
        Failures.Ending ending = Failures.of(new IllegalStateException(name), "t");
        assertThat(ending.sentence()).contains("?[2J?xxx").hasSizeLessThan(3000);

        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (Output output = new Output(printed)) {
            output.write("Käfer\t\u001b[31m\u007f\n".getBytes(StandardCharsets.UTF_8));
        }
        assertThat(printed.toString(StandardCharsets.UTF_8)).isEqualTo("Käfer\t?[31m?\n");
    }
}
