package dev.squall.tresnet.cli;

import dev.squall.backend.BackendException;
import dev.squall.error.BadInputException;
import java.io.PrintStream;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The program {@code tresnet}. Exit codes: 0 done, 1 a fault of the program or of the device, 2 something the user handed in cannot be
 * used.
 */
@Command(
        name = "tresnet",
        description = "Trains TResNet image networks and classifies images with them, in plain Java.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        version = "tresnet 0.1",
        subcommands = {
            TrainCommand.class,
            EvalCommand.class,
            ClassifyCommand.class,
            SummaryCommand.class,
            DevicesCommand.class,
            KernelsCommand.class
        },
        footer = {
            "",
            "Begin with:",
            "  tresnet train                 trains a small network on the built-in sample of Fashion-MNIST",
            "  tresnet COMMAND --help        says what a command takes"
        })
public final class Main implements Runnable {
    /** Bad input. */
    static final int BAD_INPUT = 2;

    private static final int FAULT = 1;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--verbose", scope = ScopeType.INHERIT, description = "Show the stack trace of an error.")
    private boolean verbose;

    private final PrintStream progress;

    private Main(PrintStream progress) {
        this.progress = progress;
    }

    /** Runs the program and ends the JVM. */
    public static void main(String[] arguments) {
        System.exit(execute(System.out, System.err, arguments));
    }

    /**
     * Runs one command.
     *
     * @param out takes results
     * @param err takes progress, and errors, each one sentence
     * @return the exit code
     */
    public static int execute(PrintStream out, PrintStream err, String... arguments) {
        CommandLine line = new CommandLine(new Main(err))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .setUsageHelpAutoWidth(true)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(Main::explain)
                .setExecutionExceptionHandler((e, command, parsed) -> explain(e, command));
        return line.execute(arguments);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    /** Where a long-running command shows how far it is. */
    PrintStream progress() {
        return progress;
    }

    private static int explain(ParameterException e, String[] arguments) {
        CommandLine command = e.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        command.getErr().println(sentence(name, e) + "; see " + name + " --help");
        return BAD_INPUT;
    }

    private static int explain(Exception e, CommandLine command) {
        String name = command.getCommandSpec().qualifiedName();
        boolean badInput = e instanceof BadInputException;
        boolean explained = badInput || e instanceof BackendException;
        boolean traced = showsTrace(command);
        if (traced) {
            e.printStackTrace(command.getErr());
        }
        command.getErr()
                .println(
                        explained
                                ? sentence(name, e)
                                : name + ": this is a fault of the program: " + e
                                        + (traced ? "" : "; --verbose shows where"));
        return badInput ? BAD_INPUT : FAULT;
    }

    private static boolean showsTrace(CommandLine command) {
        CommandLine root = command;
        while (root.getParent() != null) {
            root = root.getParent();
        }
        return root.getCommand() instanceof Main main && main.verbose;
    }

    /** The message on one line, whatever line breaks a library has put into it. */
    private static String sentence(String name, Exception e) {
        String message = String.valueOf(e.getMessage()).strip().replaceAll("\\s*\\R\\s*", " ");
        return name + ": " + message;
    }
}
