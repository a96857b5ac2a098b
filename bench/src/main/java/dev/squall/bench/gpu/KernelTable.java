package dev.squall.bench.gpu;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The table of all kernels, see {@link KernelFigures}; {@code GpuCodeTest} compares it with what the compilers make now, and writes it anew if asked.
 *
 * @param tools with which the code of each backend was made; with others it cannot be compared
 * @param lines by kernel and backend
 */
public record KernelTable(Map<String, String> tools, List<KernelFigures> lines) {
    /** The table's place among the resources. */
    public static final String FILE = "kernels-sm90.txt";

    /** A table of nothing. */
    public static final KernelTable EMPTY = new KernelTable(Map.of(), List.of());

    private static final Pattern TOOLS = Pattern.compile("# (\\w+) made with (.+)");

    private static final String ABOUT = """
            # What NVIDIA's assembler makes of each kernel for compute capability 9.0, from the code that TornadoVM's three backends generate.
            # occup.: warps in flight of those that a processor can hold. code: instructions. loads, stores: of global memory, of 4/8/16 bytes.
            # inner: the innermost loop, as instructions:multiply-adds:reads of shared memory:those of 16 bytes. outer: the loop around it.
            # Then come the instructions of the shortest way round and, where there are any, products of tensor cores.
            # No hand writes this file: mvn verify -pl tests -am -Dtest=GpuCodeTest -Dsurefire.failIfNoSpecifiedTests=false -Dgpu.code=write
            """;

    public KernelTable {
        tools = new TreeMap<>(tools);
        lines = lines.stream()
                .sorted(Comparator.comparing(KernelFigures::kernel).thenComparing(KernelFigures::backend))
                .toList();
    }

    /** The table that the program holds. */
    public static KernelTable load() {
        try (InputStream in = KernelTable.class.getResourceAsStream(FILE)) {
            if (in == null) {
                throw new IllegalStateException("the kernels' table " + FILE + " is missing");
            }
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("the kernels' table cannot be read", e);
        }
    }

    /** A table as {@link #text} writes it. */
    public static KernelTable parse(String text) {
        return new KernelTable(
                text.lines()
                        .map(TOOLS::matcher)
                        .filter(Matcher::matches)
                        .collect(Collectors.toMap(made -> made.group(1), made -> made.group(2))),
                text.lines()
                        .filter(line -> !line.isBlank() && !line.startsWith("#"))
                        .map(KernelFigures::parse)
                        .toList());
    }

    /** With what the code of a backend was made. */
    public String tools(String backend) {
        return tools.getOrDefault(backend, "nothing");
    }

    /** A kernel as a backend generates it. */
    public Optional<KernelFigures> find(String kernel, String backend) {
        return lines.stream()
                .filter(line -> line.kernel().equals(kernel) && line.backend().equals(backend))
                .findFirst();
    }

    /** The same table with the lines of {@code backend} replaced. */
    public KernelTable with(String backend, String newTools, Collection<KernelFigures> figures) {
        Stream<KernelFigures> others =
                lines.stream().filter(line -> !line.backend().equals(backend));
        Map<String, String> all = new TreeMap<>(tools);
        all.put(backend, newTools);
        return new KernelTable(all, Stream.concat(others, figures.stream()).toList());
    }

    /** What the file holds. */
    public String text() {
        String made = tools.entrySet().stream()
                .map(of -> "# " + of.getKey() + " made with " + of.getValue() + "\n")
                .collect(Collectors.joining());
        return ABOUT + made + KernelFigures.heading() + "\n"
                + lines.stream().map(line -> line + "\n").collect(Collectors.joining());
    }
}
