package dev.squall.tornado.listing;

import dev.squall.tornado.kernel.Kernel;
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
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Cuts a kernel out of the sources, which are packaged beside the classes: the documentation of its class, its method, and
 * whatever static methods and constants of the package that uses. Relies on the form of our sources: members are indented by four
 * blanks, and so is the brace that closes a method.
 */
final class KernelSource {
    /** A name, perhaps after that of a class. */
    private static final Pattern NAME = Pattern.compile("(?:\\b([A-Z]\\w*)\\.)?\\b([A-Za-z_]\\w*)\\b");

    /** The first line of a static method, or of a constant of a primitive type. */
    private static final Pattern MEMBER = Pattern.compile(
            "    (?:public |private )?static (?:final (?:int|float|long) (\\w+) = .*|[\\w\\[\\]]+ (\\w+)\\(.*)");

    private static final Pattern STATIC_IMPORT = Pattern.compile("import static .*\\.(\\w+)\\.(\\w+);");

    private final Map<String, File> files = new HashMap<>();

    private KernelSource() {}

    /**
     * What a source file holds.
     *
     * @param comment the documentation of the class
     * @param members the static methods and constants with their comments, by name
     * @param imports the classes from which static members are imported, by the members' names
     */
    private record File(String comment, Map<String, String> members, Map<String, String> imports) {
        static File parse(List<String> lines) {
            Map<String, String> members = new HashMap<>();
            Map<String, String> imports = new HashMap<>();
            for (int i = 0; i < lines.size(); i++) {
                Matcher member = MEMBER.matcher(lines.get(i));
                Matcher imported = STATIC_IMPORT.matcher(lines.get(i));
                if (member.matches()) {
                    boolean constant = member.group(1) != null;
                    int last = i;
                    while (constant
                            ? !lines.get(last).endsWith(";")
                            : !lines.get(last).equals("    }")) {
                        last++;
                    }
                    members.put(
                            constant ? member.group(1) : member.group(2),
                            unindented(lines.subList(commentStart(lines, i), last + 1)));
                } else if (imported.matches()) {
                    imports.put(imported.group(2), imported.group(1));
                }
            }
            int end = lines.indexOf(" */") + 1;
            return new File(
                    end == 0 ? "" : String.join("\n", lines.subList(lines.indexOf("/**"), end)), members, imports);
        }

        /** The first line of the comment that ends before line {@code i}; {@code i} if there is none. */
        private static int commentStart(List<String> lines, int i) {
            int first = i;
            while (first > 0 && lines.get(first - 1).matches("    ( \\*|/\\*\\*).*")) {
                first--;
            }
            return first;
        }

        private static String unindented(List<String> lines) {
            return lines.stream()
                    .map(line -> line.startsWith("    ") ? line.substring(4) : line)
                    .collect(Collectors.joining("\n", "", "\n"));
        }
    }

    /** A member of a class. */
    private record Member(String file, String name) {}

    /** The kernel {@code name} of the class {@code file}. */
    static String of(String file, String name) {
        return new KernelSource().text(new Member(file, name));
    }

    private String text(Member kernel) {
        Map<Member, String> members = withWhatTheyUse(kernel);
        StringBuilder text = new StringBuilder();
        text.append(file(kernel.file).comment).append("\n\n").append(members.remove(kernel));
        Set<String> owners = new LinkedHashSet<>();
        members.keySet().forEach(member -> owners.add(member.file));
        for (String owner : owners) {
            text.append("\n// from ").append(owner).append(".java\n\n");
            text.append(members.entrySet().stream()
                    .filter(member -> member.getKey().file.equals(owner))
                    .map(Map.Entry::getValue)
                    .collect(Collectors.joining("\n")));
        }
        return text.toString();
    }

    private Map<Member, String> withWhatTheyUse(Member first) {
        Map<Member, String> found = new LinkedHashMap<>();
        Deque<Member> wanted = new ArrayDeque<>(List.of(first));
        while (!wanted.isEmpty()) {
            Member member = wanted.remove();
            String text = file(member.file).members.get(member.name);
            if (text != null && found.putIfAbsent(member, text) == null) {
                NAME.matcher(withoutComments(text))
                        .results()
                        .map(name -> member(name, member.file))
                        .forEach(wanted::add);
            }
        }
        return found;
    }

    /** What a name means in a file. */
    private Member member(MatchResult name, String file) {
        String owner =
                name.group(1) != null ? name.group(1) : file(file).imports.getOrDefault(name.group(2), file);
        return new Member(owner, name.group(2));
    }

    private static String withoutComments(String text) {
        return text.replaceAll("(?s)/\\*.*?\\*/", "");
    }

    private File file(String name) {
        return files.computeIfAbsent(name, n -> File.parse(read(n).lines().toList()));
    }

    /** The source of a class of the kernels' package; empty if it is none. */
    static String read(String file) {
        try (InputStream in = Kernel.class.getResourceAsStream(file + ".java")) {
            return in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("the source of the kernels cannot be read", e);
        }
    }
}
