package dev.squall.tornado.device;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * JVM options under which TornadoVM computes wrong results without a word. They change where a field lies in a Java object, or where the values of an array begin, and
 * TornadoVM's kernels address these by offsets that they take from elsewhere: those of vectors begin at byte 16 whatever the header.
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

    /** A system property of TornadoVM: bytes before an array's values. */
    private static final String HEADER = "tornado.panama.objectHeader";

    private static final String USUAL_HEADER = "16";

    private JvmFlags() {}

    /** What is wrong with the options of this JVM, and what to do; nothing if TornadoVM works under them. */
    public static Optional<String> problem() {
        var jvm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        return problem(name -> {
            if (name.equals(HEADER)) {
                return System.getProperty(HEADER, "");
            }
            try {
                return jvm.getVMOption(name).getValue();
            } catch (IllegalArgumentException e) {
                return ""; // This JVM does not have the option, so it does nothing of the kind.
            }
        });
    }

    /** The same of a JVM in which each option has the value that {@code values} gives for it, empty if the JVM does not know it or was not given it. */
    static Optional<String> problem(UnaryOperator<String> values) {
        String header = values.apply(HEADER);
        if (!header.isEmpty() && !header.equals(USUAL_HEADER)) {
            return Optional.of("TornadoVM computes wrong results under -D" + HEADER + "=" + header
                    + ", which this JVM runs with; start Java without it, or take --backend jvm");
        }
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
