package dev.squall.op;

import dev.squall.backend.Backend;
import dev.squall.backend.Binary;
import dev.squall.tensor.Tensor;

/** Comparisons: 1 where they are true, 0 where not. With a NaN only {@code notEqual} is true. No gradient flows through them. */
public final class Compare {
    private Compare() {}

    /** 1 where x = y, broadcast to a common shape. */
    public static Tensor equal(Tensor x, Tensor y) {
        return compare("equal", Binary.EQUAL, x, y);
    }

    /** 1 where x = y. */
    public static Tensor equal(Tensor x, float y) {
        return compare(Binary.EQUAL, x, y);
    }

    /** 1 where x &ne; y, broadcast to a common shape. */
    public static Tensor notEqual(Tensor x, Tensor y) {
        return compare("notEqual", Binary.NOT_EQUAL, x, y);
    }

    /** 1 where x &ne; y. */
    public static Tensor notEqual(Tensor x, float y) {
        return compare(Binary.NOT_EQUAL, x, y);
    }

    /** 1 where x &lt; y, broadcast to a common shape. */
    public static Tensor less(Tensor x, Tensor y) {
        return compare("less", Binary.LESS, x, y);
    }

    /** 1 where x &lt; y. */
    public static Tensor less(Tensor x, float y) {
        return compare(Binary.LESS, x, y);
    }

    /** 1 where x &le; y, broadcast to a common shape. */
    public static Tensor lessEqual(Tensor x, Tensor y) {
        return compare("lessEqual", Binary.LESS_EQUAL, x, y);
    }

    /** 1 where x &le; y. */
    public static Tensor lessEqual(Tensor x, float y) {
        return compare(Binary.LESS_EQUAL, x, y);
    }

    /** 1 where x &gt; y, broadcast to a common shape. */
    public static Tensor greater(Tensor x, Tensor y) {
        return compare("greater", Binary.GREATER, x, y);
    }

    /** 1 where x &gt; y. */
    public static Tensor greater(Tensor x, float y) {
        return compare(Binary.GREATER, x, y);
    }

    /** 1 where x &ge; y, broadcast to a common shape. */
    public static Tensor greaterEqual(Tensor x, Tensor y) {
        return compare("greaterEqual", Binary.GREATER_EQUAL, x, y);
    }

    /** 1 where x &ge; y. */
    public static Tensor greaterEqual(Tensor x, float y) {
        return compare(Binary.GREATER_EQUAL, x, y);
    }

    private static Tensor compare(String op, Binary comparison, Tensor x, Tensor y) {
        Tensor out = Broadcasting.result(Broadcasting.shape(op, x, y), x, y);
        Backend.of(x).elementwise().binary(comparison, x.storage(), y.storage(), out.storage());
        return out;
    }

    private static Tensor compare(Binary comparison, Tensor x, float y) {
        Tensor out = x.like();
        Backend.of(x).elementwise().binary(comparison, x.storage(), y, out.storage());
        return out;
    }
}
