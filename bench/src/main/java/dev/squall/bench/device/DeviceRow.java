package dev.squall.bench.device;

import dev.squall.bench.device.Contender.Work;
import dev.squall.tensor.Tensor;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * One comparison.
 *
 * @param ours who is judged
 * @param other whom it is compared with
 * @param expected what ours has to compute
 * @param tolerance the largest relative error (root of the mean square) of ours
 * @param bar what part of the other's speed ours has to reach; 0 if it is only to be known
 */
record DeviceRow(Contender ours, Contender other, Supplier<float[]> expected, double tolerance, double bar) {
    private static final double TOLERANCE = 1e-4;
    private static final double NO_BAR = 0;

    /** A row's name, and how to prepare it. */
    record Plan(String name, Function<Engines, DeviceRow> row) {}

    /** Ours against somebody who computes the same. */
    static DeviceRow of(Contender ours, Contender other, double bar) {
        return new DeviceRow(ours, other, other::result, TOLERANCE, bar);
    }

    /** One operation on both backends. */
    static DeviceRow onBoth(
            Engines engines, Work work, double bar, Function<DeviceOperands, Supplier<Tensor>> operation) {
        return of(onDevice(engines, work, operation), onJvm(engines, work, operation), bar);
    }

    /** The same, of which only the result matters. */
    static DeviceRow onBoth(Engines engines, Work work, Function<DeviceOperands, Supplier<Tensor>> operation) {
        return onBoth(engines, work, NO_BAR, operation);
    }

    /** An operation on the device. */
    static Contender onDevice(Engines engines, Work work, Function<DeviceOperands, Supplier<Tensor>> operation) {
        return Contender.of("tornado", work, operation.apply(new DeviceOperands(engines.device())));
    }

    /** An operation on the JVM backend. */
    static Contender onJvm(Engines engines, Work work, Function<DeviceOperands, Supplier<Tensor>> operation) {
        return Contender.of("jvm", work, operation.apply(new DeviceOperands(engines.jvm())));
    }
}
