package dev.squall.backend.reference;

/**
 * How one kernel position lines up along one axis: output j meets input {@code j * stride + offset}. Clips to the outputs whose input
 * exists.
 *
 * @param from the first output with an input
 * @param to one past the last
 * @param offset of the input for output 0; may be negative
 */
record Window(int from, int to, int stride, int offset) {
    /** For kernel position {@code tap} of an axis with {@code inputs} and {@code outputs} elements. */
    static Window of(int tap, int inputs, int outputs, int stride, int pad, int dilation) {
        int offset = tap * dilation - pad;
        int from = Math.max(0, Math.ceilDiv(-offset, stride));
        int to = Math.min(outputs, Math.floorDiv(inputs - 1 - offset, stride) + 1);
        return new Window(from, Math.max(from, to), stride, offset);
    }

    /** The windows of all kernel positions. */
    static Window[] all(int kernel, int inputs, int outputs, int stride, int pad, int dilation) {
        Window[] windows = new Window[kernel];
        for (int tap = 0; tap < kernel; tap++) {
            windows[tap] = of(tap, inputs, outputs, stride, pad, dilation);
        }
        return windows;
    }

    /** The input that output {@code j} meets. */
    int input(int j) {
        return j * stride + offset;
    }

    /** The output that meets {@code input}, or -1 if there is none. */
    int output(int input) {
        int j = Math.floorDiv(input - offset, stride);
        return contains(j) && input(j) == input ? j : -1;
    }

    /** Whether output {@code j} meets an input. */
    boolean contains(int j) {
        return from <= j && j < to;
    }
}
