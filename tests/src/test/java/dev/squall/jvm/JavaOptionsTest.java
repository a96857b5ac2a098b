package dev.squall.jvm;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The compiler's options name classes and methods; the JVM says nothing about those that do not exist, as after a renaming. */
class JavaOptionsTest {
    private static final Pattern METHOD = Pattern.compile("(dev\\.squall\\.jvm\\.[\\w.]+)::(\\w*)(\\*?)");

    static Stream<MatchResult> methods() throws IOException {
        String options = Files.readString(Path.of("..", "engine", "jvm", "java.options"));
        return METHOD.matcher(options).results();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("methods")
    void exists(MatchResult method) throws ClassNotFoundException {
        Class<?> owner = Class.forName(method.group(1), false, getClass().getClassLoader());
        boolean isPrefix = !method.group(3).isEmpty();
        assertTrue(
                Arrays.stream(owner.getDeclaredMethods())
                        .anyMatch(m -> isPrefix
                                ? m.getName().startsWith(method.group(2))
                                : m.getName().equals(method.group(2))),
                () -> "java.options names " + method.group() + ", which does not exist");
    }
}
