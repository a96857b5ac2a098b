package dev.squall.misuse;

import dev.squall.tensor.Scope;
import java.util.List;

/** Commits misuses one after the other, in a JVM that may crash: says before each which comes, and after it what came of it. */
final class MisuseProgram {
    static final String BEGIN = "begin ";
    static final String END = "end ";

    private MisuseProgram() {}

    /** Takes a backend's name and the index of the first misuse. */
    public static void main(String[] arguments) {
        List<Misuse> misuses = Misuses.all();
        for (int i = Integer.parseInt(arguments[1]); i < misuses.size(); i++) {
            System.out.println(BEGIN + i);
            System.out.println(END + commit(arguments[0], misuses.get(i)).replace('\n', ' '));
        }
    }

    /** The empty string if all is well. */
    private static String commit(String backend, Misuse misuse) {
        Workbench bench = new Workbench(backend);
        String result;
        try (Scope _ = Scope.open()) {
            result = judge(bench, misuse);
        } catch (Throwable e) {
            result = "closing the scope afterwards threw " + e;
        }
        try {
            bench.close();
        } catch (Throwable e) {
            result = "closing the backend afterwards threw " + e;
        }
        return result;
    }

    private static String judge(Workbench bench, Misuse misuse) {
        try {
            misuse.deed().on(bench);
            return "went unnoticed";
        } catch (IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException e) {
            String message = String.valueOf(e.getMessage());
            if (!message.contains(misuse.complaint()) || message.length() < 25) {
                return "does not say '" + misuse.complaint() + "' but: " + e;
            }
            boolean isClosed = message.contains("after it had been closed")
                    && misuse.name().contains("closed backend");
            return isClosed || bench.isBystanderUnharmed() ? "" : "changed another tensor";
        } catch (Throwable e) {
            return "threw " + e + " at " + (e.getStackTrace().length > 0 ? e.getStackTrace()[0] : "nowhere");
        }
    }
}
