package dev.squall.golden;

import dev.squall.tensor.Shape;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * The weights of the golden full networks, which are too large to store: a hash of a tensor's official name and an element's index, scaled so
 * that signals neither die out nor explode.
 */
final class FormulaInit {
    private static final int INPUT = hash("input");

    private final Set<String> names;

    /** For a network whose tensors have these official names. */
    FormulaInit(Set<String> names) {
        this.names = names;
    }

    /** The elements of the tensor called {@code name}. */
    float[] values(String name, Shape shape) {
        if (name.endsWith(".num_batches_tracked")) {
            return new float[shape.elements()];
        }
        if (name.endsWith(".bias") || name.endsWith(".running_mean")) {
            return values(name, shape, 0f, 0.2f);
        }
        if (name.endsWith(".running_var")) {
            return values(name, shape, 1f, 0.5f);
        }
        if (shape.rank() == 4) {
            return values(name, shape, 0f, (float) Math.sqrt(24.0 / (shape.dim(1) * shape.dim(2) * shape.dim(3))));
        }
        if (shape.rank() == 2) {
            return values(name, shape, 0f, (float) Math.sqrt(12.0 / shape.dim(1)));
        }
        float[] weight = isLastOfBranch(name) ? values(name, shape, 0.3f, 0.2f) : values(name, shape, 1f, 0.5f);
        for (int i = 3; i < weight.length; i += 8) {
            weight[i] = -weight[i];
        }
        return weight;
    }

    /** Whether a normalisation ends a residual branch: conv3 of a bottleneck, conv2 of a block without conv3. */
    private boolean isLastOfBranch(String name) {
        String conv2 = ".conv2.1.weight";
        return name.endsWith(".conv3.1.weight")
                || name.endsWith(conv2)
                        && !names.contains(name.substring(0, name.length() - conv2.length()) + ".conv3.1.weight");
    }

    private static float[] values(String name, Shape shape, float offset, float scale) {
        int hash = hash(name);
        float[] values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = offset + scale * uniform(hash, i);
        }
        return values;
    }

    /** The images {@code [2, 3, 224, 224]}: noise on a pattern of tiles. */
    static float[] input() {
        float[] x = new float[2 * 3 * 224 * 224];
        int i = 0;
        for (int n = 0; n < 2; n++) {
            for (int c = 0; c < 3; c++) {
                for (int h = 0; h < 224; h++) {
                    for (int w = 0; w < 224; w++) {
                        float noise = 0.5f + uniform(INPUT, i);
                        int tile = (h / 32 + 2 * (w / 32) + 3 * c + 5 * n) % 8;
                        x[i++] = 0.5f * noise + tile * 0.0625f;
                    }
                }
            }
        }
        return x;
    }

    /** FNV-1a. */
    private static int hash(String name) {
        int hash = 0x811C9DC5;
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ b) * 0x01000193;
        }
        return hash;
    }

    /** In [-0.5, 0.5), exact. */
    private static float uniform(int hash, int i) {
        int x = i * 0x9E3779B9 + hash;
        x ^= x >>> 16;
        x *= 0x7FEB352D;
        x ^= x >>> 15;
        x *= 0x846CA68B;
        x ^= x >>> 16;
        return (float) ((x >>> 8) - 8388608) * 0x1p-24f;
    }
}
