package dev.squall.tresnet.cli;

import dev.squall.error.BadInputException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The program {@code tresnet}. Its exit codes: {@link Failures}. */
@Command(
        name = "tresnet",
        description = "Trains TResNet image networks and classifies images with them, in plain Java.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        version = "tresnet 0.1",
        subcommands = {
            TrainCommand.class,
            EvalCommand.class,
            ReportCommand.class,
            CompareCommand.class,
            ClassifyCommand.class,
            ExplainCommand.class,
            ServeCommand.class,
            DataCommand.class,
            SummaryCommand.class,
            DevicesCommand.class,
            KernelsCommand.class,
            WeightsCommand.class,
            ConvertCommand.class,
            ExportCommand.class,
            CompletionCommand.class
        },
        footer = {
            "",
            "Examples:",
            "  tresnet train            trains a small network on the built-in sample",
            "  tresnet COMMAND --help   says what a command takes, with examples",
            "  tresnet completion bash  lets the shell complete all this"
        })
public final class Main implements Runnable {
    /** Where help is not for a terminal, or for one of unknown width. */
    private static final int HELP_COLUMNS = 80;

    private static final int WIDEST_HELP = 120;

    /** The launcher sets it to the width of the terminal that standard output goes to; elsewhere it is not set. */
    private static final String COLUMNS = "tresnet.help.columns";

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--verbose", scope = ScopeType.INHERIT, description = "Show the stack trace of an error.")
    private boolean verbose;

    private final PrintStream progress;
    private final @Nullable Member member;

    Main(PrintStream progress) {
        this(progress, null);
    }

    private Main(PrintStream progress, @Nullable Member member) {
        this.progress = progress;
        this.member = member;
    }

    /** Runs the program and ends the JVM. */
    public static void main(String[] arguments) {
        StandardError.restore();
        // The same digits, and the same letters in upper and lower case, for every user.
        Locale.setDefault(Locale.ROOT);
        // Charts are drawn into files, on machines with and without a screen.
        System.setProperty("java.awt.headless", "true");
        OutputStream err = new FileOutputStream(FileDescriptor.err);
        Thread.setDefaultUncaughtExceptionHandler((thread, e) ->
                Failures.report(e, "tresnet", new PrintWriter(err, true, StandardCharsets.UTF_8), false));
        System.exit(execute(new FileOutputStream(FileDescriptor.out), err, arguments));
    }

    /**
     * Runs one command.
     *
     * @param out takes results
     * @param err takes progress, and errors, each one sentence
     * @return the exit code
     */
    public static int execute(OutputStream out, OutputStream err, String... arguments) {
        PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
        Output output = new Output(out);
        PrintWriter results = new PrintWriter(output, true, StandardCharsets.UTF_8);
        Main main = new Main(errors);
        int exitCode;
        try {
            exitCode = commandLine(main, results, errors).execute(arguments);
        } catch (Throwable e) {
            // Errors: picocli hands on exceptions only.
            exitCode = Failures.report(e, "tresnet", new PrintWriter(errors, true), main.verbose);
        }
        results.flush();
        String problem = output.problem();
        if (problem != null) {
            errors.println("tresnet: the results could not be written to the standard output: " + problem);
            return exitCode == Failures.FINE ? Failures.BAD_INPUT : exitCode;
        }
        return exitCode;
    }

    /**
     * Trains as one of several workers.
     *
     * @param out takes what a program would print
     * @param arguments of the program, as the user typed them
     */
    public static void train(Member member, OutputStream out, List<String> arguments) {
        PrintStream printer = new PrintStream(out, true, StandardCharsets.UTF_8);
        Main main = new Main(printer, member);
        CommandLine line = commandLine(main, new PrintWriter(printer, true), printer);
        ParseResult parsed = line.parseArgs(arguments.toArray(String[]::new));
        if (!(parsed.subcommand().commandSpec().userObject() instanceof TrainCommand command)) {
            throw new IllegalArgumentException("workers are there to train, not for " + arguments);
        }
        command.call();
    }

    static CommandLine commandLine(Main main, PrintWriter out, PrintStream err) {
        CommandLine line = new CommandLine(main)
                .setOut(out)
                .setErr(new PrintWriter(err, true))
                // An argument such as @x.png is a picture.
                .setExpandAtFiles(false)
                .setUsageHelpWidth(Math.clamp(Integer.getInteger(COLUMNS, HELP_COLUMNS), HELP_COLUMNS, WIDEST_HELP))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler((e, arguments) -> explain(main, e))
                .setExecutionExceptionHandler((e, command, parsed) -> explain(main, e, command));
        addExitCodes(line);
        line.setExecutionStrategy(Main::run);
        line.registerConverter(String.class, Main::said);
        line.registerConverter(Path.class, text -> Path.of(said(text)));
        line.getSubcommands().values().forEach(Main::addExitCodes);
        return line;
    }

    /** The program with all of its commands, to be asked about them. */
    static CommandLine program() {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        return commandLine(new Main(nowhere), new PrintWriter(nowhere), nowhere);
    }

    /** Before a command does anything, the numbers that it shares with others are judged; its own it judges itself. */
    private static int run(ParseResult parsed) {
        Integer helped = CommandLine.executeHelpRequest(parsed);
        if (helped != null) {
            return helped;
        }
        for (ParseResult each = parsed; each != null; each = each.subcommand()) {
            requireRanges(each.commandSpec());
        }
        return new CommandLine.RunLast().execute(parsed);
    }

    private static void requireRanges(CommandSpec command) {
        try {
            requireRangesOfMixins(command);
        } catch (BadInputException e) {
            throw new CommandLine.ExecutionException(command.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private static void requireRangesOfMixins(CommandSpec command) {
        for (CommandSpec mixin : command.mixins().values()) {
            if (mixin.userObject() instanceof Ranged ranged) {
                ranged.requireRanges();
            }
            requireRangesOfMixins(mixin);
        }
    }

    /** An empty name comes from a variable that is not set, and would stand for the current directory. */
    private static String said(String text) {
        if (text.isBlank()) {
            throw new TypeConversionException("it is empty");
        }
        return text;
    }

    private static void addExitCodes(CommandLine command) {
        var help = command.getCommandSpec().usageMessage();
        String[] footer = help.footer();
        String[] longer = Arrays.copyOf(footer, footer.length + 2);
        longer[footer.length] = "";
        longer[footer.length + 1] = Failures.EXIT_CODES;
        help.footer(longer);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    /** Where a long-running command shows how far it is. */
    PrintStream progress() {
        return progress;
    }

    /** What this is one of; null for a program of its own. */
    @Nullable
    Member member() {
        return member;
    }

    private static int explain(Main main, ParameterException e) {
        CommandLine command = e.getCommandLine();
        return Failures.report(e, command.getCommandSpec().qualifiedName(), command.getErr(), main.verbose);
    }

    private static int explain(Main main, Exception e, CommandLine command) {
        return Failures.report(e, command.getCommandSpec().qualifiedName(), command.getErr(), main.verbose);
    }
}
