package dev.squall.tresnet.cli;

import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tresnet completion}: lets a shell complete commands, options and their values. */
@Command(
        name = "completion",
        mixinStandardHelpOptions = true,
        description =
                "Prints a script with which a shell completes commands, options and their values at the tabulator key.",
        footer = {
            "",
            "Examples:",
            "  source <(tresnet completion bash)     in ~/.bashrc",
            "  source <(tresnet completion zsh)      in ~/.zshrc, behind compinit",
            "  tresnet completion fish > ~/.config/fish/completions/tresnet.fish",
            "",
            "It completes after 'tresnet', so let the launcher be found under that name: put its directory on the PATH, or say"
                    + " alias tresnet=.../tresnet/bin/tresnet."
        })
final class CompletionCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    /** The shells that there are scripts for; named as a user types them. */
    enum Shell {
        bash,
        zsh,
        fish
    }

    @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}.")
    @SuppressWarnings("NullAway.Init")
    private Shell shell;

    @Override
    public void run() {
        CommandLine program = spec.root().commandLine();
        String name = program.getCommandName();
        String script = switch (shell) {
            case bash -> bash(program);
            // The script is for both, but zsh has to be given the functions of bash first.
            case zsh -> "autoload -U +X bashcompinit && bashcompinit\n" + bash(program);
            case fish -> FishCompletion.of(name, program.getCommandSpec());
        };
        spec.commandLine().getOut().print(script);
    }

    /**
     * The script of picocli, which takes its names of lists of values from the labels of parameters: options of one label, such as NAME, would
     * all be completed with the values of the last.
     */
    private static String bash(CommandLine program) {
        for (CommandLine command : program.getSubcommands().values()) {
            CommandSpec options = command.getCommandSpec();
            for (OptionSpec option : List.copyOf(options.options())) {
                if (option.completionCandidates() != null) {
                    options.remove(option);
                    options.addOption(OptionSpec.builder(option)
                            .paramLabel(option.longestName().replaceAll("\\W", ""))
                            .build());
                }
            }
        }
        return AutoComplete.bash(program.getCommandName(), program);
    }
}
