/*
 * c = a b for row-major matrices of n x n floats, n a multiple of 16, as one writes it by hand for a processor: a work-item computes 8 rows x 16
 * columns of c in vector registers.
 */
__kernel void gemm(__global const float *restrict a, __global const float *restrict b, __global float *restrict c, int n) {
    int column = get_global_id(0) * 16;
    int row = get_global_id(1) * 8;
    a += row * n;
    c += row * n + column;
    float16 s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
    for (int k = 0; k < n; k++) {
        float16 right = vload16(0, b + k * n + column);
        s0 += a[k] * right;
        s1 += a[k + n] * right;
        s2 += a[k + 2 * n] * right;
        s3 += a[k + 3 * n] * right;
        s4 += a[k + 4 * n] * right;
        s5 += a[k + 5 * n] * right;
        s6 += a[k + 6 * n] * right;
        s7 += a[k + 7 * n] * right;
    }
    vstore16(s0, 0, c);
    vstore16(s1, 0, c + n);
    vstore16(s2, 0, c + 2 * n);
    vstore16(s3, 0, c + 3 * n);
    vstore16(s4, 0, c + 4 * n);
    vstore16(s5, 0, c + 5 * n);
    vstore16(s6, 0, c + 6 * n);
    vstore16(s7, 0, c + 7 * n);
}
