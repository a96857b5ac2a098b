package uk.ac.manchester.tornado.api.types.vectors;

/** Four floats that a device handles as one value. The real class can also change its lanes and compute with them. */
public final class Float4 {

    private final float x;
    private final float y;
    private final float z;
    private final float w;

    public Float4(float x, float y, float z, float w) {
        this.x = x;
        this.y = y;
        this.z = z;
        this.w = w;
    }

    public float getX() {
        return x;
    }

    public float getY() {
        return y;
    }

    public float getZ() {
        return z;
    }

    public float getW() {
        return w;
    }
}
