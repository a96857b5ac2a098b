package dev.squall.backend.reference;

import static dev.squall.backend.reference.ArrayStorage.values;

import dev.squall.backend.Matmul;
import dev.squall.tensor.Storage;
import java.util.stream.IntStream;

/** {@link Matmul} as three loops; a transpose only exchanges the strides. */
final class ReferenceMatmul implements Matmul {
    @Override
    public void matmul(Storage a, boolean transposeA, Storage b, boolean transposeB, Storage c) {
        multiply(1, a, transposeA, b, transposeB, c);
    }

    @Override
    public void batched(Storage a, boolean transposeA, Storage b, boolean transposeB, Storage c) {
        multiply(c.shape().batch(), a, transposeA, b, transposeB, c);
    }

    private static void multiply(int batch, Storage a, boolean transposeA, Storage b, boolean transposeB, Storage c) {
        int rows = c.shape().dim(-2);
        int columns = c.shape().dim(-1);
        int depth = a.shape().dim(transposeA ? -2 : -1);
        int rowStrideA = transposeA ? 1 : depth;
        int depthStrideA = transposeA ? rows : 1;
        int depthStrideB = transposeB ? 1 : columns;
        int columnStrideB = transposeB ? depth : 1;
        float[] left = values(a);
        float[] right = values(b);
        float[] product = values(c);
        IntStream.range(0, batch * rows).parallel().forEach(row -> {
            int firstOfA = row / rows * rows * depth + row % rows * rowStrideA;
            int firstOfB = row / rows * depth * columns;
            for (int j = 0; j < columns; j++) {
                double sum = 0;
                for (int k = 0; k < depth; k++) {
                    sum += (double) left[firstOfA + k * depthStrideA]
                            * right[firstOfB + k * depthStrideB + j * columnStrideB];
                }
                product[row * columns + j] = (float) sum;
            }
        });
    }
}
