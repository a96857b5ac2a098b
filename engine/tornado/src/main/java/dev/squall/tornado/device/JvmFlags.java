package dev.squall.tornado.device;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * JVM options under which TornadoVM computes wrong results without a word. They change where a field lies in a Java object, and TornadoVM's kernels address it by an offset
 * that they take from elsewhere. How long the header of TornadoVM's arrays is does not matter, see {@link Alignment}.
 */
public final class JvmFlags {
    private record Flag(String name, boolean needed) {
        String otherwise() {
            return "-XX:" + (needed ? '-' : '+') + name;
        }
    }

    private static final List<Flag> FLAGS = List.of(
            new Flag("UseCompactObjectHeaders", false),
            new Flag("UseCompressedOops", true),
            new Flag("UseCompressedClassPointers", true));

    private JvmFlags() {}

    /** What is wrong with the options of this JVM, and what to do; nothing if TornadoVM works under them. */
    public static Optional<String> problem() {
        var jvm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        return problem(name -> {
            try {
                return jvm.getVMOption(name).getValue();
            } catch (IllegalArgumentException e) {
                return ""; // This JVM does not have the option, so it does nothing of the kind.
            }
        });
    }

    /** The same of a JVM in which each option has the value that {@code values} gives for it, empty if the JVM does not know it. */
    static Optional<String> problem(UnaryOperator<String> values) {
        return FLAGS.stream()
                .filter(flag -> values.apply(flag.name).equals(String.valueOf(!flag.needed)))
                .findFirst()
                .map(flag -> "TornadoVM computes wrong results under " + flag.otherwise()
                        + ", which this JVM runs with; start Java without it (it may stand in JDK_JAVA_OPTIONS, JAVA_TOOL_OPTIONS or"
                        + " TRESNET_JAVA_OPTS"
                        + (flag.name.equals("UseCompressedOops") ? ", or follow from a heap of 32 GB or more" : "")
                        + "), or take --backend jvm");
    }
}
