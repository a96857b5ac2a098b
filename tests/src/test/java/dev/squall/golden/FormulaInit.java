package dev.squall.golden;

import dev.squall.tensor.Shape;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The weights of the golden full networks, which are too large to store: a hash of a tensor's official name and an element's index, scaled so
 * that signals neither die out nor explode.
 */
final class FormulaInit {
    private static final int INPUT = hash("input");

    private final Map<String, Shape> shapes;
    private final double gain;

    /**
     * For a network.
     *
     * @param shapes of all its tensors, by their official names
     * @param gain how much a convolution amplifies
     */
    FormulaInit(Map<String, Shape> shapes, double gain) {
        this.shapes = shapes;
        this.gain = gain;
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
            return values(name, shape, 0f, (float) Math.sqrt(gain / (shape.dim(1) * shape.dim(2) * shape.dim(3))));
        }
        if (shape.rank() == 2) {
            return values(name, shape, 0f, (float) Math.sqrt(12.0 / shape.dim(1)));
        }
        float[] weight = endsBranch(name) ? values(name, shape, 0.3f, 0.2f) : values(name, shape, 1f, 0.5f);
        for (int i = 3; i < weight.length; i += 8) {
            weight[i] = -weight[i];
        }
        return weight;
    }

    /** Whether a normalisation ends a residual branch. */
    private boolean endsBranch(String name) {
        if (name.endsWith(".conv3.1.weight")) {
            return true;
        }
        String conv2 = ".conv2.1.weight";
        if (name.endsWith(conv2)) {
            return !shapes.containsKey(name.substring(0, name.length() - conv2.length()) + ".conv3.1.weight");
        }
        if (name.startsWith("layer")) {
            return name.endsWith(".bn3.weight");
        }
        return name.startsWith("blocks.") && endsMobileBranch(name);
    }

    /** The same in the networks of depthwise convolutions, of whose blocks those have a shortcut that keep the number of channels. */
    private boolean endsMobileBranch(String name) {
        String block = name.replaceFirst("\\.bn\\d\\.weight$", "");
        boolean expands = shapes.containsKey(block + ".bn3.weight");
        if (!name.equals(block + (expands ? ".bn3.weight" : ".bn2.weight"))) {
            return false;
        }
        return inputs(block + (expands ? ".conv_pw" : ".conv_dw"), !expands)
                == shapes.get(name).elements();
    }

    /** The input channels of a convolution, which may be divided into several. */
    private int inputs(String convolution, boolean depthwise) {
        return shapes.entrySet().stream()
                .filter(entry -> entry.getKey().matches(Pattern.quote(convolution) + "(\\.\\d)?\\.weight"))
                .mapToInt(entry -> entry.getValue().dim(depthwise ? 0 : 1))
                .sum();
    }

    private static float[] values(String name, Shape shape, float offset, float scale) {
        int hash = hash(name);
        float[] values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = offset + scale * uniform(hash, i);
        }
        return values;
    }

    /** The images {@code [N, C, H, W]}: noise on a pattern of tiles. */
    static float[] input(Shape shape) {
        float[] x = new float[shape.elements()];
        int i = 0;
        for (int n = 0; n < shape.batch(); n++) {
            for (int c = 0; c < shape.channels(); c++) {
                for (int h = 0; h < shape.height(); h++) {
                    for (int w = 0; w < shape.width(); w++) {
                        float noise = 0.5f + uniform(INPUT, i);
                        int tile = (h / 32 + 2 * (w / 32) + 3 * c + 5 * n) % 8;
                        x[i++] = 0.5f * noise + tile * 0.0625f;
                    }
                }
            }
        }
        return x;
    }

    /** The sum over i of {@code values[i] * u(name, i)}, which sees a gradient whose elements are in the wrong places. */
    static double projection(String name, float[] values) {
        int hash = hash(name);
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            sum += (double) values[i] * uniform(hash, i);
        }
        return sum;
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
