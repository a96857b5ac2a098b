package dev.squall.bench.device;

import dev.squall.tensor.Scope;
import dev.squall.tensor.Tensor;
import java.util.function.Supplier;

/** Somebody ready to do the work of a row again and again. */
interface Contender {
    String name();

    /** What one pass does. */
    Work work();

    /** Does the work once, and returns when it is done. */
    void run();

    /** Does the work once and returns the result, row-major (NCHW). */
    float[] result();

    /**
     * How much a pass is.
     *
     * @param amount what a pass of one second would do in a second, in {@code unit}
     * @param unit of the speed
     */
    record Work(double amount, String unit) {
        /** So many multiply-adds, each counted as two operations. */
        static Work multiplyAdds(double count) {
            return new Work(2e-9 * count, "GFLOP/s");
        }

        /** So many floats read or written. */
        static Work floats(double count) {
            return new Work(1e-9 * Float.BYTES * count, "GB/s");
        }
    }

    /** An operation; whatever it makes is freed at once. */
    static Contender of(String name, Work work, Supplier<Tensor> operation) {
        return new Contender() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Work work() {
                return work;
            }

            @Override
            public void run() {
                try (Scope _ = Scope.open()) {
                    var _ = operation.get();
                }
            }

            @Override
            public float[] result() {
                try (Scope _ = Scope.open()) {
                    return operation.get().toArray();
                }
            }
        };
    }
}
