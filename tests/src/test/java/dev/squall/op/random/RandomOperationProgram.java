package dev.squall.op.random;

import dev.squall.Fuzz;
import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Precision;
import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.jvm.Guarded;
import dev.squall.tensor.Storage;
import dev.squall.tornado.Simulated;
import dev.squall.tornado.TornadoPadding;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;

/** Tries random operations in a JVM that may crash: says before each which comes, and after it what is wrong with it. */
final class RandomOperationProgram {
    static final String BEGIN = "begin ";
    static final String END = "end ";

    /** The simulator takes some hundred times as long as a processor. */
    private static final int LARGEST_SIMULATED = 18;

    private static final double ACCURATE_TOLERANCE = 2e-5;
    private static final double FAST_TOLERANCE = 4e-4;

    /** Values are of the order of 1: what cancels to less than this is rounding. */
    private static final double SMALLEST_SCALE = 0.05;

    private RandomOperationProgram() {}

    /** A backend to try, and how to look into its memory. */
    private record Subject(
            Backend backend, double tolerance, LongSupplier liveBytes, Function<Storage, String> unclean) {

        static Subject of(Guarded guarded, double tolerance) {
            return new Subject(guarded.backend(), tolerance, guarded::liveBytes, Guarded::unclean);
        }

        static Subject of(Backend simulated) {
            return new Subject(simulated, ACCURATE_TOLERANCE, simulated::liveBytes, storage -> {
                int count = TornadoPadding.nonZeros(simulated, storage);
                return count == 0 ? "" : count + " padding channels";
            });
        }
    }

    /** Takes {@code jvm} or {@code simulator}, the number of the first input and one past that of the last. */
    public static void main(String[] arguments) {
        int first = Integer.parseInt(arguments[1]);
        int end = Integer.parseInt(arguments[2]);
        if (arguments[0].equals("simulator")) {
            try (Backend processor = Simulated.backend(false);
                    Backend gpu = Simulated.backend(true)) {
                run(first, end, LARGEST_SIMULATED, List.of(Subject.of(processor), Subject.of(gpu)));
            }
        } else {
            try (Guarded fast =
                            new Guarded(BackendOptions.DEFAULT.withThreads(2).withPrecision(Precision.FAST));
                    Guarded accurate =
                            new Guarded(BackendOptions.DEFAULT.withThreads(1).withPrecision(Precision.ACCURATE))) {
                run(
                        first,
                        end,
                        Integer.MAX_VALUE,
                        List.of(Subject.of(fast, FAST_TOLERANCE), Subject.of(accurate, ACCURATE_TOLERANCE)));
            }
        }
    }

    private static void run(int first, int end, int largest, List<Subject> subjects) {
        try (ReferenceBackend reference = new ReferenceBackend()) {
            for (int input = first; input < end; input++) {
                RandomOperation operation = RandomOperations.draw(new Draw(Fuzz.random(input), largest));
                System.out.println(BEGIN + input + " " + operation);
                System.out.println(END + problem(operation, reference, subjects));
            }
        }
    }

    private static String problem(RandomOperation operation, Backend reference, List<Subject> subjects) {
        List<float[]> expected;
        try {
            expected = operation.run(reference, (what, storage) -> {});
        } catch (RuntimeException e) {
            return "the reference threw " + e + " at " + e.getStackTrace()[0];
        }
        return subjects.stream()
                .map(subject -> judge(operation, expected, subject))
                .filter(text -> !text.isEmpty())
                .findFirst()
                .orElse("");
    }

    private static String judge(RandomOperation operation, List<float[]> expected, Subject subject) {
        StringBuilder problem = new StringBuilder();
        try {
            List<float[]> actual = operation.run(subject.backend, (what, storage) -> {
                String unclean = subject.unclean.apply(storage);
                if (!unclean.isEmpty()) {
                    problem.append(what)
                            .append(" is not zero in ")
                            .append(unclean)
                            .append("; ");
                }
            });
            if (actual.size() != expected.size()) {
                problem.append(actual.size() + " results in place of " + expected.size());
            }
            for (int i = 0; i < expected.size(); i++) {
                problem.append(difference(i, actual.get(i), expected.get(i), subject.tolerance));
            }
            if (subject.liveBytes.getAsLong() != 0) {
                problem.append(subject.liveBytes.getAsLong() + " bytes were left");
            }
        } catch (RuntimeException e) {
            problem.append("threw " + e + " at " + e.getStackTrace()[0]);
        }
        return problem.isEmpty()
                ? ""
                : subject.backend.description() + ": " + problem.toString().replace('\n', ' ');
    }

    private static String difference(int result, float[] actual, float[] expected, double tolerance) {
        double scale = SMALLEST_SCALE;
        for (float v : expected) {
            scale = Math.max(scale, Math.abs(v));
        }
        for (int i = 0; i < expected.length; i++) {
            if (!(Math.abs(actual[i] - (double) expected[i]) <= tolerance * scale)) {
                return "result " + result + " is " + actual[i] + " in place of " + expected[i] + " at " + i + "; ";
            }
        }
        return "";
    }
}
