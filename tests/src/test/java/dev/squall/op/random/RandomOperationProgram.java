package dev.squall.op.random;

import dev.squall.Fuzz;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Precision;
import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.jvm.Guarded;
import java.util.List;

/** Tries random operations in a JVM that may crash: says before each which comes, and after it what is wrong with it. */
final class RandomOperationProgram {
    static final String BEGIN = "begin ";
    static final String END = "end ";
    private static final double ACCURATE_TOLERANCE = 2e-5;
    private static final double FAST_TOLERANCE = 4e-4;

    /** Values are of the order of 1: what cancels to less than this is rounding. */
    private static final double SMALLEST_SCALE = 0.05;

    private RandomOperationProgram() {}

    /** Takes the number of the first input and one past that of the last. */
    public static void main(String[] arguments) {
        try (ReferenceBackend reference = new ReferenceBackend();
                Guarded fast = new Guarded(BackendOptions.DEFAULT.withThreads(2).withPrecision(Precision.FAST));
                Guarded accurate =
                        new Guarded(BackendOptions.DEFAULT.withThreads(1).withPrecision(Precision.ACCURATE))) {
            for (int input = Integer.parseInt(arguments[0]); input < Integer.parseInt(arguments[1]); input++) {
                RandomOperation operation = RandomOperations.draw(new Draw(Fuzz.random(input)));
                System.out.println(BEGIN + input + " " + operation);
                List<float[]> expected = operation.run(reference, (what, storage) -> {});
                String problem = judge(operation, expected, fast, FAST_TOLERANCE);
                if (problem.isEmpty()) {
                    problem = judge(operation, expected, accurate, ACCURATE_TOLERANCE);
                }
                System.out.println(END + problem);
            }
        }
    }

    private static String judge(RandomOperation operation, List<float[]> expected, Guarded guarded, double tolerance) {
        StringBuilder problem = new StringBuilder();
        try {
            List<float[]> actual = operation.run(guarded.backend(), (what, storage) -> {
                String unclean = Guarded.unclean(storage);
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
                problem.append(difference(i, actual.get(i), expected.get(i), tolerance));
            }
            if (guarded.liveBytes() != 0) {
                problem.append(guarded.liveBytes() + " bytes were left");
            }
        } catch (RuntimeException e) {
            problem.append("threw " + e + " at " + e.getStackTrace()[0]);
        }
        return problem.isEmpty()
                ? ""
                : guarded.backend().description() + ": " + problem.toString().replace('\n', ' ');
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
