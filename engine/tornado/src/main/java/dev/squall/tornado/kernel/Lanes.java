package dev.squall.tornado.kernel;

import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/**
 * What a {@link Float8} is on a GPU: eight scalars. Its methods are those of Float8 that kernels call; {@code ScalarKernels} in the room of devices
 * puts it in the place of Float8, and those that it shares with {@link Float8s} in the place of theirs. TornadoVM's compiler inlines all of this and keeps the lanes in registers, so that no object remains.
 */
public final class Lanes {
    private final float s0;
    private final float s1;
    private final float s2;
    private final float s3;
    private final float s4;
    private final float s5;
    private final float s6;
    private final float s7;

    public Lanes(float s0, float s1, float s2, float s3, float s4, float s5, float s6, float s7) {
        this.s0 = s0;
        this.s1 = s1;
        this.s2 = s2;
        this.s3 = s3;
        this.s4 = s4;
        this.s5 = s5;
        this.s6 = s6;
        this.s7 = s7;
    }

    /** What {@code VectorFloat8.get} reads. */
    public static Lanes get(FloatArray memory, int vector) {
        int i = vector * 8;
        return new Lanes(
                memory.get(i),
                memory.get(i + 1),
                memory.get(i + 2),
                memory.get(i + 3),
                memory.get(i + 4),
                memory.get(i + 5),
                memory.get(i + 6),
                memory.get(i + 7));
    }

    /** What {@code VectorFloat8.set} writes. */
    public static void set(FloatArray memory, int vector, Lanes value) {
        int i = vector * 8;
        memory.set(i, value.s0);
        memory.set(i + 1, value.s1);
        memory.set(i + 2, value.s2);
        memory.set(i + 3, value.s3);
        memory.set(i + 4, value.s4);
        memory.set(i + 5, value.s5);
        memory.set(i + 6, value.s6);
        memory.set(i + 7, value.s7);
    }

    /** What {@link Float8s#mask} makes; here it needs no branch that vectors pass. */
    public static Lanes mask(Lanes v, int first, int channels) {
        int left = channels - first;
        float s0 = left > 0 ? v.s0 : 0f;
        float s1 = left > 1 ? v.s1 : 0f;
        float s2 = left > 2 ? v.s2 : 0f;
        float s3 = left > 3 ? v.s3 : 0f;
        float s4 = left > 4 ? v.s4 : 0f;
        float s5 = left > 5 ? v.s5 : 0f;
        float s6 = left > 6 ? v.s6 : 0f;
        float s7 = left > 7 ? v.s7 : 0f;
        return new Lanes(s0, s1, s2, s3, s4, s5, s6, s7);
    }

    /** What {@link Float8s#channelValues} reads. */
    public static Lanes channelValues(FloatArray memory, int base, int first, int channels) {
        return new Lanes(
                channel(memory, base, first, channels),
                channel(memory, base, first + 1, channels),
                channel(memory, base, first + 2, channels),
                channel(memory, base, first + 3, channels),
                channel(memory, base, first + 4, channels),
                channel(memory, base, first + 5, channels),
                channel(memory, base, first + 6, channels),
                channel(memory, base, first + 7, channels));
    }

    /** What {@link Float8s#loadPixel} reads: one channel after the other, whatever the layout. */
    public static Lanes loadPixel(FloatArray memory, int base, int stride, int pixel, int channel, int channels) {
        return channelValues(memory, base + pixel * stride, channel, channels);
    }

    /** What {@link Float8s#storePixel} writes: zeros for channels that there are none of, if the layout has room for them. */
    public static void storePixel(
            FloatArray memory, int base, int stride, int pixel, int channel, int channels, Lanes value) {
        int at = base + pixel * stride + channel;
        int left = channels - channel;
        int room = left;
        if (stride % 8 == 0) {
            room = 8;
        }
        store(memory, at, 0, room, left, value.s0);
        store(memory, at + 1, 1, room, left, value.s1);
        store(memory, at + 2, 2, room, left, value.s2);
        store(memory, at + 3, 3, room, left, value.s3);
        store(memory, at + 4, 4, room, left, value.s4);
        store(memory, at + 5, 5, room, left, value.s5);
        store(memory, at + 6, 6, room, left, value.s6);
        store(memory, at + 7, 7, room, left, value.s7);
    }

    private static void store(FloatArray memory, int at, int lane, int room, int left, float value) {
        float stored = lane < left ? value : 0f;
        if (lane < room) {
            memory.set(at, stored);
        }
    }

    /** A channel's value; for one that there is none of the arena's first, a zero for ever. */
    private static float channel(FloatArray memory, int base, int channel, int channels) {
        int at = base + channel;
        if (channel >= channels) {
            at = 0;
        }
        return memory.get(at);
    }

    /** Another one of the same lanes. */
    public static Lanes copy(Lanes v) {
        return new Lanes(v.s0, v.s1, v.s2, v.s3, v.s4, v.s5, v.s6, v.s7);
    }

    public static Lanes add(Lanes a, Lanes b) {
        return new Lanes(
                a.s0 + b.s0, a.s1 + b.s1, a.s2 + b.s2, a.s3 + b.s3, a.s4 + b.s4, a.s5 + b.s5, a.s6 + b.s6, a.s7 + b.s7);
    }

    public static Lanes sub(Lanes a, Lanes b) {
        return new Lanes(
                a.s0 - b.s0, a.s1 - b.s1, a.s2 - b.s2, a.s3 - b.s3, a.s4 - b.s4, a.s5 - b.s5, a.s6 - b.s6, a.s7 - b.s7);
    }

    public static Lanes mult(Lanes a, Lanes b) {
        return new Lanes(
                a.s0 * b.s0, a.s1 * b.s1, a.s2 * b.s2, a.s3 * b.s3, a.s4 * b.s4, a.s5 * b.s5, a.s6 * b.s6, a.s7 * b.s7);
    }

    public static Lanes div(Lanes a, Lanes b) {
        return new Lanes(
                a.s0 / b.s0, a.s1 / b.s1, a.s2 / b.s2, a.s3 / b.s3, a.s4 / b.s4, a.s5 / b.s5, a.s6 / b.s6, a.s7 / b.s7);
    }

    public static Lanes max(Lanes a, Lanes b) {
        return new Lanes(
                TornadoMath.max(a.s0, b.s0),
                TornadoMath.max(a.s1, b.s1),
                TornadoMath.max(a.s2, b.s2),
                TornadoMath.max(a.s3, b.s3),
                TornadoMath.max(a.s4, b.s4),
                TornadoMath.max(a.s5, b.s5),
                TornadoMath.max(a.s6, b.s6),
                TornadoMath.max(a.s7, b.s7));
    }

    public float getS0() {
        return s0;
    }

    public float getS1() {
        return s1;
    }

    public float getS2() {
        return s2;
    }

    public float getS3() {
        return s3;
    }

    public float getS4() {
        return s4;
    }

    public float getS5() {
        return s5;
    }

    public float getS6() {
        return s6;
    }

    public float getS7() {
        return s7;
    }
}
