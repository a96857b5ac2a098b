package dev.squall.tornado.kernel;

import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/**
 * What a {@link Float8} is on a GPU: eight scalars. Its methods are those of Float8 that kernels call; {@code ScalarKernels} in the room of devices
 * puts it in the place of Float8, and those that it shares with {@link Float8s} in the place of theirs. TornadoVM's compiler inlines all of this and keeps the lanes in registers, so that no object remains.
 *
 * <p>TornadoVM makes no load of several floats from a {@code FloatArray} on any backend, and eight loads of neighbours that lie 32 bytes apart from thread to thread
 * cost a GPU eight times the transactions. So kernels that go through all elements of a tensor share them out otherwise, where a whole work-group has vectors left
 * ({@link #load}):
 *
 * <pre>
 *   vectors of a group      |---- 256 vectors = 2,048 floats ----------------------------|
 *   lane l of work-item t    float t + 256 l: what all work-items load at once is contiguous
 * </pre>
 */
public final class Lanes {
    final float s0;
    final float s1;
    final float s2;
    final float s3;
    final float s4;
    final float s5;
    final float s6;
    final float s7;

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

    /** What {@link Float8s#plus} computes, in one piece: it stands so often in kernels that TornadoVM would stop inlining. */
    public static Lanes plus(Lanes sum, Lanes v, float a) {
        return new Lanes(
                sum.s0 + v.s0 * a,
                sum.s1 + v.s1 * a,
                sum.s2 + v.s2 * a,
                sum.s3 + v.s3 * a,
                sum.s4 + v.s4 * a,
                sum.s5 + v.s5 * a,
                sum.s6 + v.s6 * a,
                sum.s7 + v.s7 * a);
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

    /** Work-items of a group of a kernel over a line. */
    private static final int GROUP = 256;

    /** The first float of a work-item, counted from the first of all. */
    private static int firstFloat(int i, int count) {
        int item = i % GROUP;
        int first = i * 8;
        if (i - item + GROUP <= count) {
            first = (i - item) * 8 + item;
        }
        return first;
    }

    /** Floats from a lane to the next. */
    private static int step(int i, int count) {
        int step = 1;
        if (i - i % GROUP + GROUP <= count) {
            step = GROUP;
        }
        return step;
    }

    /** What {@link Float8s#load} reads. */
    public static Lanes load(FloatArray memory, int first, int i, int count) {
        return strided(memory, first * 8 + firstFloat(i, count), step(i, count));
    }

    private static Lanes strided(FloatArray memory, int at, int step) {
        return new Lanes(
                memory.get(at),
                memory.get(at + step),
                memory.get(at + 2 * step),
                memory.get(at + 3 * step),
                memory.get(at + 4 * step),
                memory.get(at + 5 * step),
                memory.get(at + 6 * step),
                memory.get(at + 7 * step));
    }

    /** What {@link Float8s#store} writes. */
    public static void store(FloatArray memory, int first, int i, int count, Lanes value) {
        int at = first * 8 + firstFloat(i, count);
        int step = step(i, count);
        memory.set(at, value.s0);
        memory.set(at + step, value.s1);
        memory.set(at + 2 * step, value.s2);
        memory.set(at + 3 * step, value.s3);
        memory.set(at + 4 * step, value.s4);
        memory.set(at + 5 * step, value.s5);
        memory.set(at + 6 * step, value.s6);
        memory.set(at + 7 * step, value.s7);
    }

    /** How many vectors can be shared out: none of a layout in which pixels are not whole vectors. */
    private static int shareable(int stride, int count) {
        int shared = count;
        if (stride % 8 != 0) {
            shared = 0;
        }
        return shared;
    }

    /** The channel after {@code step} more floats of pixels of {@code period} floats. */
    private static int next(int channel, int step, int period) {
        int moved = channel + step;
        if (moved >= period) {
            moved -= period;
        }
        return moved;
    }

    /** What {@link Float8s#loadChannels} reads. */
    public static Lanes loadChannels(FloatArray memory, int first, int stride, int i, int count, int vectors) {
        int shared = shareable(stride, count);
        int period = vectors * 8;
        int step = step(i, shared) % period;
        int c0 = firstFloat(i, shared) % period;
        int c1 = next(c0, step, period);
        int c2 = next(c1, step, period);
        int c3 = next(c2, step, period);
        int c4 = next(c3, step, period);
        int c5 = next(c4, step, period);
        int c6 = next(c5, step, period);
        int c7 = next(c6, step, period);
        int base = first * 8;
        return new Lanes(
                memory.get(base + c0),
                memory.get(base + c1),
                memory.get(base + c2),
                memory.get(base + c3),
                memory.get(base + c4),
                memory.get(base + c5),
                memory.get(base + c6),
                memory.get(base + c7));
    }

    /** A float's place, or 0 for a lane that there is none of. */
    private static int reached(int place, int lane, int left) {
        int at = place;
        if (lane >= left) {
            at = 0;
        }
        return at;
    }

    /** What {@link Float8s#loadElements} reads; float 0 of the arena, a zero for ever, for channels that there are none of. */
    public static Lanes loadElements(
            FloatArray memory, int base, int stride, int i, int count, int vectors, int channels) {
        int shared = shareable(stride, count);
        int channel = i % vectors * 8;
        // Where pixels are whole vectors, padding can be read.
        int left = 8;
        if (stride % 8 != 0) {
            left = channels - channel;
        }
        int step = step(i, shared);
        int at = base + i / vectors * stride + channel;
        if (step == GROUP) {
            at = base + firstFloat(i, shared);
        }
        int a1 = reached(at + 1 * step, 1, left);
        int a2 = reached(at + 2 * step, 2, left);
        int a3 = reached(at + 3 * step, 3, left);
        int a4 = reached(at + 4 * step, 4, left);
        int a5 = reached(at + 5 * step, 5, left);
        int a6 = reached(at + 6 * step, 6, left);
        int a7 = reached(at + 7 * step, 7, left);
        return new Lanes(
                memory.get(at),
                memory.get(a1),
                memory.get(a2),
                memory.get(a3),
                memory.get(a4),
                memory.get(a5),
                memory.get(a6),
                memory.get(a7));
    }

    /** What {@link Float8s#storeElements} writes. */
    public static void storeElements(
            FloatArray memory, int base, int stride, int i, int count, int vectors, int channels, Lanes value) {
        int shared = shareable(stride, count);
        int period = vectors * 8;
        int step = step(i, shared);
        int at = base + i / vectors * stride + i % vectors * 8;
        if (step == GROUP) {
            at = base + firstFloat(i, shared);
        }
        int turn = step % period;
        int room = period;
        if (stride % 8 != 0) {
            room = channels;
        }
        int c0 = firstFloat(i, shared) % period;
        int c1 = next(c0, turn, period);
        int c2 = next(c1, turn, period);
        int c3 = next(c2, turn, period);
        int c4 = next(c3, turn, period);
        int c5 = next(c4, turn, period);
        int c6 = next(c5, turn, period);
        int c7 = next(c6, turn, period);
        store(memory, at, c0, room, channels, value.s0);
        store(memory, at + step, c1, room, channels, value.s1);
        store(memory, at + 2 * step, c2, room, channels, value.s2);
        store(memory, at + 3 * step, c3, room, channels, value.s3);
        store(memory, at + 4 * step, c4, room, channels, value.s4);
        store(memory, at + 5 * step, c5, room, channels, value.s5);
        store(memory, at + 6 * step, c6, room, channels, value.s6);
        store(memory, at + 7 * step, c7, room, channels, value.s7);
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
