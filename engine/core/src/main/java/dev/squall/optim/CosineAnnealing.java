package dev.squall.optim;

/** Half a period of the cosine, which the schedules are made of: Loshchilov and Hutter, "SGDR" (2017), equation 5. */
final class CosineAnnealing {
    private CosineAnnealing() {}

    /** From {@code start} at progress 0 to {@code end} at progress 1, level at both. */
    static double between(double start, double end, double progress) {
        return end + (start - end) * (1 + Math.cos(Math.PI * Math.clamp(progress, 0, 1))) / 2;
    }
}
