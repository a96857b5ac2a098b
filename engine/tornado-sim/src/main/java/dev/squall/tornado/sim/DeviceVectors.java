package dev.squall.tornado.sim;

import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/** Vectors of eight floats in device memory. A page holds whole vectors, so one look-up serves all eight. */
final class DeviceVectors extends VectorFloat8 implements DeviceArray {

    private static final int WIDTH = 8;

    private final DeviceFloats floats;
    private final int length;

    DeviceVectors(DeviceFloats floats) {
        super(floats);
        this.floats = floats;
        length = getLength();
    }

    @Override
    public Float8 get(int index) {
        DeviceFloats.Page page = page(index);
        int o = index * WIDTH & DeviceFloats.PAGE - 1;
        if (page.races != null) {
            for (int lane = 0; lane < WIDTH; lane++) {
                page.races.read(o + lane, index * WIDTH - o);
            }
        }
        float[] v = page.values;
        return new Float8(v[o], v[o + 1], v[o + 2], v[o + 3], v[o + 4], v[o + 5], v[o + 6], v[o + 7]);
    }

    @Override
    public void set(int index, Float8 value) {
        DeviceFloats.Page page = page(index);
        int o = index * WIDTH & DeviceFloats.PAGE - 1;
        if (page.races != null) {
            for (int lane = 0; lane < WIDTH; lane++) {
                page.races.write(o + lane, index * WIDTH - o);
            }
        }
        float[] v = page.values;
        v[o] = value.getS0();
        v[o + 1] = value.getS1();
        v[o + 2] = value.getS2();
        v[o + 3] = value.getS3();
        v[o + 4] = value.getS4();
        v[o + 5] = value.getS5();
        v[o + 6] = value.getS6();
        v[o + 7] = value.getS7();
    }

    private DeviceFloats.Page page(int index) {
        if (index < 0 || index >= length) {
            throw DeviceFloats.outOfBounds(index, length);
        }
        return floats.page(index * WIDTH);
    }

    @Override
    public void copyFrom(Object host) {
        floats.copyFrom(((VectorFloat8) host).getArray());
    }

    @Override
    public void copyTo(Object host) {
        floats.copyTo(((VectorFloat8) host).getArray());
    }

    @Override
    public void forgetAccesses() {
        floats.forgetAccesses();
    }
}
