package dev.squall.tresnet.cli;

import dev.squall.backend.BackendException;
import dev.squall.backend.DeviceMemoryException;
import dev.squall.error.BadInputException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The one place where whatever ends a command early becomes a sentence and an exit code. */
final class Failures {
    /** All went well. */
    static final int FINE = 0;

    /** A fault of the program or of the machine, which the user cannot mend. */
    static final int FAULT = 1;

    /** Something the user can mend. */
    static final int BAD_INPUT = 2;

    /** For the help of every command. */
    static final String EXIT_CODES =
            "Exit codes: 0 done; 1 a fault of the program; 2 something you can mend, as the message"
                    + " says; 130 and 143 ended by Ctrl-C and by kill.";

    private Failures() {}

    /** What is said, and how the program ends. */
    record Ending(String sentence, int exitCode) {}

    /** For {@code thrown} by the command {@code name}, such as {@code tresnet train}. */
    static Ending of(Throwable thrown, String name) {
        Throwable e = cause(thrown);
        return switch (e) {
            case UnmatchedArgumentException u
            when u.getUnmatched().stream().anyMatch(String::isBlank) ->
                mendable(
                        name, "an argument is empty, perhaps from a variable that is not set; see " + name + " --help");
            case ParameterException p -> mendable(name, p.getMessage() + suggestion(p) + "; see " + name + " --help");
            case DeviceMemoryException d -> mendable(name, d.getMessage());
            case BadInputException b -> mendable(name, b.getMessage());
            case InvalidPathException i ->
                mendable(name, "'" + i.getInput() + "' cannot be the name of a file here: " + i.getReason());
            case UncheckedIOException io -> mendable(name, readOrWrite(Objects.requireNonNull(io.getCause())));
            case IOException io -> mendable(name, readOrWrite(io));
            case BackendException b -> new Ending(sentence(name, b.getMessage()), FAULT);
            case OutOfMemoryError o -> mendable(name, memory(o));
            case InternalError i
            when String.valueOf(i.getMessage()).contains("memory access") ->
                mendable(
                        name,
                        "a file became shorter while it was read, or its disk does not give it; see that nobody writes it, and try again");
            case StackOverflowError _ -> fault(name, "the stack has overflowed");
            case LinkageError l ->
                fault(
                        name,
                        "a part of the program is missing or does not fit the others (" + l
                                + "), which 'mvn clean' and a new start may mend, or a higher limit of open files"
                                + " (ulimit -n)");
            default -> fault(name, e.toString());
        };
    }

    /** Below what only says that something went wrong on another thread. */
    private static Throwable cause(Throwable thrown) {
        Throwable e = thrown;
        while ((e instanceof CompletionException
                        || e instanceof ExecutionException
                        || e instanceof picocli.CommandLine.ExecutionException)
                && e.getCause() != null) {
            e = e.getCause();
        }
        return e;
    }

    private static String suggestion(ParameterException e) {
        return e instanceof UnmatchedArgumentException unmatched
                        && !unmatched.getSuggestions().isEmpty()
                ? "; did you mean " + String.join(" or ", unmatched.getSuggestions()) + "?"
                : "";
    }

    private static String readOrWrite(IOException e) {
        String file = e instanceof FileSystemException f && f.getFile() != null ? f.getFile() : "a file";
        return file + " cannot be read or written: " + BadInputException.reason(e);
    }

    private static String memory(OutOfMemoryError e) {
        String what = String.valueOf(e.getMessage());
        if (what.contains("thread")) {
            return "the system gives no more threads; ask for fewer with --threads, or raise its limit (ulimit -u)";
        }
        return "the memory of the Java heap, "
                + Arguments.readable(Runtime.getRuntime().maxMemory())
                + ", does not suffice; use fewer or smaller images at once, or give it more with"
                + " TRESNET_JAVA_OPTS=-Xmx4g";
    }

    private static Ending mendable(String name, @Nullable String message) {
        return new Ending(sentence(name, message), BAD_INPUT);
    }

    private static Ending fault(String name, String what) {
        return new Ending(
                sentence(name, "this is a fault of the program: " + what)
                        + System.lineSeparator()
                        + "please report it to where you have the program from, such as the issues of its repository, with the command, what it says with --verbose,"
                        + " and what 'tresnet devices' says",
                FAULT);
    }

    /** The message on one line, whatever line breaks a library has put into it. */
    private static String sentence(String name, @Nullable String message) {
        return name + ": "
                + BadInputException.printable(String.valueOf(message)).strip().replaceAll("\\s*\\R\\s*", " ");
    }

    /** Says it; with a trace if that is wanted. */
    static int report(Throwable thrown, String name, PrintWriter err, boolean traced) {
        if (traced) {
            thrown.printStackTrace(err);
        }
        Ending ending = of(thrown, name);
        err.println(ending.sentence);
        err.flush();
        return ending.exitCode;
    }
}
