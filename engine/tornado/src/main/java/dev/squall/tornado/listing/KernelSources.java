package dev.squall.tornado.listing;

import com.github.javaparser.ast.expr.FieldAccessExpr;
import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.Kernels;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The sources of the kernels' package, which are packaged beside the classes. Cuts a kernel out of them: the documentation of its class, its
 * method, and whatever static methods and constants of the package that uses.
 */
final class KernelSources {
    private final Map<String, Optional<SourceFile>> files = new HashMap<>();

    /**
     * A kernel that {@link Kernels} lists.
     *
     * @param file the class that declares it
     */
    record Declared(String file, String name, String purpose) {}

    /** What {@link Kernels#all} holds, without loading the classes of the kernels, which needs TornadoVM. */
    List<Declared> declared() {
        return file(Kernels.class.getSimpleName()).orElseThrow().listedConstants().stream()
                .map(this::declared)
                .toList();
    }

    private Declared declared(FieldAccessExpr constant) {
        String file = constant.getScope().toString();
        List<String> texts = file(file).orElseThrow().textsOf(constant.getNameAsString());
        return new Declared(file, texts.get(0), texts.get(1));
    }

    /** The kernel {@code name} of the class {@code file}. */
    String textOf(String file, String name) {
        var kernel = new SourceFile.Member(file, name);
        Map<SourceFile.Member, String> members = withWhatTheyUse(kernel);
        StringBuilder text = new StringBuilder();
        text.append(file(file).map(SourceFile::documentation).orElse(""))
                .append("\n\n")
                .append(members.remove(kernel));
        Set<String> owners = new LinkedHashSet<>();
        members.keySet().forEach(member -> owners.add(member.file()));
        for (String owner : owners) {
            text.append("\n// from ").append(owner).append(".java\n\n");
            text.append(members.entrySet().stream()
                    .filter(member -> member.getKey().file().equals(owner))
                    .map(Map.Entry::getValue)
                    .collect(Collectors.joining("\n")));
        }
        return text.toString();
    }

    private Map<SourceFile.Member, String> withWhatTheyUse(SourceFile.Member first) {
        Map<SourceFile.Member, String> found = new LinkedHashMap<>();
        Deque<SourceFile.Member> wanted = new ArrayDeque<>(List.of(first));
        while (!wanted.isEmpty()) {
            SourceFile.Member member = wanted.remove();
            Optional<SourceFile> file = file(member.file());
            String text = file.map(f -> f.textOf(member.name())).orElse("");
            if (!text.isEmpty() && found.putIfAbsent(member, text) == null) {
                wanted.addAll(file.orElseThrow().usedBy(member.name()));
            }
        }
        return found;
    }

    /** The source of a class of the kernels' package; nothing if it is none. */
    private Optional<SourceFile> file(String name) {
        return files.computeIfAbsent(name, n -> read(n).map(text -> new SourceFile(n, text)));
    }

    private static Optional<String> read(String file) {
        try (InputStream in = Kernel.class.getResourceAsStream(file + ".java")) {
            return in == null ? Optional.empty() : Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("the source of the kernels cannot be read", e);
        }
    }
}
