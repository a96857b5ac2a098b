package dev.squall.tornado.code;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** TornadoVM's backends: where an SDK of each is, what its code needs to become machine code, and the commands. */
enum Sdk {
    /** Through clang and its library of OpenCL's functions, as near to NVIDIA's own compiler as one can come without it. */
    OPENCL(List.of("clang-15", "ptxas"), Optional.of(Path.of("/usr/lib/clc/nvptx64--nvidiacl.bc"))) {
        @Override
        List<List<String>> commands(String kernel) {
            return List.of(
                    words("clang-15 -cc1 -x cl -triple nvptx64--nvidiacl -target-cpu sm_80 -target-feature +ptx75"
                            + " -cl-std=CL2.0 -finclude-default-header -fdeclare-opencl-builtins -O3 -cl-mad-enable"
                            + " -ffp-contract=fast -w -mlink-bitcode-file " + library.orElseThrow() + " -S -o " + kernel
                            + ".ptx " + kernel + ".code"),
                    assemble(kernel, ".ptx"));
        }

        @Override
        String tools() {
            return "clang " + version("clang-15", "version ([0-9.]+)") + ", " + super.tools();
        }
    },

    /** Generates what the assembler takes. */
    PTX(List.of("ptxas", "gcc"), Optional.empty()) {
        @Override
        List<List<String>> commands(String kernel) {
            return List.of(assemble(kernel, ".code"));
        }
    },

    /** Generates CUDA C++. */
    CUDA(List.of("nvcc", "ptxas", "gcc"), Optional.empty()) {
        @Override
        List<List<String>> commands(String kernel) {
            return List.of(
                    words("nvcc -x cu -std=c++17 -arch=" + ARCHITECTURE + " -w -ptx -o " + kernel + ".ptx " + kernel
                            + ".code"),
                    assemble(kernel, ".ptx"));
        }
    };

    static final String ARCHITECTURE = "sm_90";

    private static final String JARS = "share/java/tornado";

    private final List<String> programs;
    final Optional<Path> library;

    Sdk(List<String> programs, Optional<Path> library) {
        this.programs = programs;
        this.library = library;
    }

    /** The commands that turn {@code KERNEL.code} into {@code KERNEL.cubin}. */
    abstract List<List<String>> commands(String kernel);

    private static List<String> assemble(String kernel, String suffix) {
        return words("ptxas -v -arch=" + ARCHITECTURE + " -o " + kernel + ".cubin " + kernel + suffix);
    }

    private static List<String> words(String command) {
        return List.of(command.split(" "));
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The system variable that names an SDK with this backend. */
    String variable() {
        return this == OPENCL ? "TORNADOVM_HOME" : "TORNADOVM_" + name() + "_HOME";
    }

    /** An SDK with this backend: what the variable says, or one of those that SDKMAN has installed. */
    Optional<Path> home() {
        List<Path> places = new ArrayList<>();
        Optional.ofNullable(System.getenv(variable())).map(Path::of).ifPresent(places::add);
        String sdkman =
                Optional.ofNullable(System.getenv("SDKMAN_DIR")).orElse(System.getProperty("user.home") + "/.sdkman");
        try (Stream<Path> installed = Files.list(Path.of(sdkman, "candidates", "tornadovm"))) {
            installed.sorted().forEach(places::add);
        } catch (IOException e) {
            // SDKMAN has installed none.
        }
        return places.stream()
                .filter(place -> Files.isReadable(place.resolve("tornado-argfile"))
                        && Files.exists(place.resolve("lib/libtornado-" + label() + ".so")))
                .findFirst();
    }

    /** What is missing to check its code, in words; empty if nothing is. */
    Optional<String> missing() {
        if (home().isEmpty()) {
            return Optional.of("no TornadoVM SDK with the backend " + name() + " (" + variable() + ")");
        }
        Optional<String> program =
                programs.stream().filter(name -> Programs.find(name).isEmpty()).findFirst();
        if (program.isPresent()) {
            return program.map(name -> "no " + name + " on the PATH");
        }
        return library.filter(file -> !Files.exists(file)).map(file -> "no " + file + " (Debian's libclc-15)");
    }

    /** The versions of what makes the code: only figures of the same tools can be compared. */
    String tools() {
        return "ptxas " + version("ptxas", "V([0-9.]+)") + ", TornadoVM " + version();
    }

    private String version() {
        try (Stream<Path> jars = Files.list(home().orElseThrow().resolve(JARS))) {
            return jars.map(jar -> jar.getFileName().toString())
                    .filter(jar -> jar.startsWith("tornado-api-"))
                    .map(jar -> jar.replaceAll("tornado-api-|\\.jar", ""))
                    .collect(Collectors.joining());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String version(String program, String pattern) {
        var found = Pattern.compile(pattern).matcher(Programs.run(Path.of("."), List.of(program, "--version")));
        return found.find() ? found.group(1) : "unknown";
    }
}
