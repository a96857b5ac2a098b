package dev.squall.jvm;

import dev.squall.backend.Movement;
import dev.squall.backend.Region;
import dev.squall.backend.SparseMatrix;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.ChannelCopy;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.layout.Offsets;
import dev.squall.jvm.loop.SparseKernels;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.tensor.Storage;
import java.util.Arrays;
import java.util.List;

/** Moves rows of pixels where both sides are images that keep their dimensions in order, and single elements or rows of them elsewhere. */
final class JvmMovement implements Movement {
    private final Workspace workspace;

    JvmMovement(Workspace workspace) {
        this.workspace = workspace;
    }

    @Override
    public void copy(Storage x, Region from, Storage out, Region to) {
        JvmStorage source = JvmStorage.of(x);
        JvmStorage target = JvmStorage.of(out);
        if (source.isBlocked() && target.isBlocked() && isImages(from) && isImages(to)) {
            copyPixels(source, from, target, to);
        } else {
            copyElements(source, from, target, to);
        }
        if (target.isBlocked()) {
            target.layout().clearPaddingChannels(target.address());
        }
    }

    /** Whether each axis moves along the dimension of its number, the channels one by one. */
    private static boolean isImages(Region region) {
        List<Region.Axis> axes = region.axes();
        if (axes.size() != 4 || axes.get(1).step() != 1) {
            return false;
        }
        for (int d = 0; d < 4; d++) {
            if (axes.get(d).step() != 0 && axes.get(d).dimension() != d) {
                return false;
            }
        }
        return true;
    }

    private void copyPixels(JvmStorage x, Region from, JvmStorage out, Region to) {
        BlockedLayout source = x.layout();
        BlockedLayout target = out.layout();
        int[] sizes = to.sizes();
        ChannelCopy[] copies = ChannelCopy.split(
                source, from.origin().get(1), target, to.origin().get(1), sizes[1]);
        long bytes = 2L * sizes[3] * BlockedLayout.PIXEL_BYTES * copies.length;
        int fromStep = from.axes().get(3).step() * BlockedLayout.PIXEL_BYTES;
        int toStep = to.axes().get(3).step() * BlockedLayout.PIXEL_BYTES;
        workspace.pool().forEachSized(sizes[0] * sizes[2], bytes, i -> {
            long first = x.address() + pixel(source, from, i / sizes[2], i % sizes[2]);
            long begin = out.address() + pixel(target, to, i / sizes[2], i % sizes[2]);
            for (ChannelCopy copy : copies) {
                copy.row(first, fromStep, begin, toStep, sizes[3]);
            }
        });
    }

    /** Offset of the first pixel of a row of a region, in block 0. */
    private static long pixel(BlockedLayout layout, Region region, int image, int row) {
        List<Integer> origin = region.origin();
        return layout.offset(
                origin.get(0) + image * region.axes().get(0).step(),
                0,
                origin.get(2) + row * region.axes().get(2).step(),
                origin.get(3));
    }

    /** One side of a copy of elements: the innermost axis of its region, and where the elements of each row of that begin. */
    private static final class Side {
        private final long address;
        private final Region region;
        private final Offsets offsets;
        private final int dimension;
        private final int step;

        Side(JvmStorage storage, Region region) {
            address = storage.address();
            this.region = region;
            offsets = Offsets.of(storage);
            Region.Axis inner = region.axes().isEmpty()
                    ? new Region.Axis(0, 0, 1)
                    : region.axes().getLast();
            dimension = inner.dimension();
            step = inner.step();
        }

        /** Bytes from element to element of a row, if that is the same everywhere; else 1, which it never is. */
        long stride(int size) {
            if (step == 0 || size == 1) {
                return 0;
            }
            long[] along = offsets.of()[dimension];
            int first = region.origin().get(dimension);
            long stride = along[first + step] - along[first];
            // Only channels have jumps.
            for (int i = 0; i + 1 < along.length; i++) {
                if ((along[i + 1] - along[i]) * step != stride) {
                    return 1;
                }
            }
            return stride;
        }

        int[] coordinates(int row) {
            int[] coordinates = region.origin().stream().mapToInt(i -> i).toArray();
            int rest = row;
            for (int a = region.axes().size() - 2; a >= 0; a--) {
                Region.Axis axis = region.axes().get(a);
                if (axis.step() != 0) {
                    coordinates[axis.dimension()] += rest % axis.size() * axis.step();
                }
                rest /= axis.size();
            }
            return coordinates;
        }

        /** Addresses of the elements of a row. */
        void addresses(int[] coordinates, long[] to) {
            if (coordinates.length == 0) {
                Arrays.fill(to, address);
                return;
            }
            long base = address + offsets.without(dimension, coordinates);
            long[] along = offsets.of()[dimension];
            for (int i = 0; i < to.length; i++) {
                to[i] = base + along[coordinates[dimension] + i * step];
            }
        }

        long first(int[] coordinates) {
            return coordinates.length == 0
                    ? address
                    : address
                            + offsets.without(dimension, coordinates)
                            + offsets.of()[dimension][coordinates[dimension]];
        }
    }

    private void copyElements(JvmStorage x, Region from, JvmStorage out, Region to) {
        Side source = new Side(x, from);
        Side target = new Side(out, to);
        int[] sizes = to.sizes();
        int inner = sizes.length == 0 ? 1 : sizes[sizes.length - 1];
        long fromStride = source.stride(inner);
        long toStride = target.stride(inner);
        boolean regular = fromStride != 1 && toStride != 1;
        boolean whole = fromStride == Float.BYTES && toStride == Float.BYTES || inner == 1;
        workspace.pool().forEachSized(to.elements() / inner, 2L * inner * Float.BYTES, row -> {
            int[] a = source.coordinates(row);
            int[] o = target.coordinates(row);
            if (whole) {
                Lanes.copy(source.first(a), target.first(o), (long) inner * Float.BYTES);
            } else if (regular) {
                copyRow(source.first(a), fromStride, target.first(o), toStride, inner);
            } else {
                long[] froms = new long[inner];
                long[] tos = new long[inner];
                source.addresses(a, froms);
                target.addresses(o, tos);
                Lanes.move(0, froms, 0, tos, 0, inner);
            }
        });
    }

    private static void copyRow(long from, long fromStride, long to, long toStride, int count) {
        for (int i = 0; i < count; i++) {
            Lanes.set(to + i * toStride, Lanes.get(from + i * fromStride));
        }
    }

    @Override
    public void multiply(SparseMatrix matrix, Storage x, int dimension, Storage out) {
        JvmStorage source = JvmStorage.of(x);
        JvmStorage target = JvmStorage.of(out);
        if (!source.isBlocked() && !target.isBlocked()) {
            multiplyRows(matrix, source, dimension, target);
        } else if (source.isBlocked() && target.isBlocked() && dimension != 1) {
            multiplyPixels(matrix, source, dimension, target);
        } else {
            multiplyArrays(matrix, source, dimension, target);
        }
    }

    /** Row-major: slices are what lies behind the dimension. */
    private void multiplyRows(SparseMatrix matrix, JvmStorage x, int dimension, JvmStorage out) {
        int bytes = inner(x, dimension) * Float.BYTES;
        int outer = out.shape().elements() / (matrix.height() * bytes / Float.BYTES);
        workspace.pool().forEachSized(outer * matrix.height(), bytesEach(matrix, bytes), i -> {
            int row = i % matrix.height();
            long from = x.address() + (long) (i / matrix.height()) * matrix.width() * bytes;
            SparseKernels.combine(matrix, row, from, bytes, out.address() + (long) i * bytes, bytes);
        });
    }

    private static long bytesEach(SparseMatrix matrix, int bytes) {
        return (1L + matrix.elements() / matrix.height()) * bytes;
    }

    /** Images: slices are rows of pixels of 16 channels, or single pixels. */
    private void multiplyPixels(SparseMatrix matrix, JvmStorage x, int dimension, JvmStorage out) {
        BlockedLayout from = x.layout();
        BlockedLayout to = out.layout();
        int rowBytes = to.insideBytes();
        workspace.pool().forEachSized(to.planes() * to.height(), bytesEach(matrix, rowBytes), i -> {
            int plane = i / to.height();
            int y = i % to.height();
            long target = out.address() + to.plane(plane) + y * to.rowBytes();
            switch (dimension) {
                case 0 -> {
                    long first = x.address() + from.plane(plane % to.blocks()) + y * from.rowBytes();
                    SparseKernels.combine(matrix, plane / to.blocks(), first, from.imageBytes(), target, rowBytes);
                }
                case 2 -> {
                    long first = x.address() + from.plane(plane);
                    SparseKernels.combine(matrix, y, first, from.rowBytes(), target, rowBytes);
                }
                default -> {
                    long first = x.address() + from.plane(plane) + y * from.rowBytes();
                    for (int column = 0; column < to.width(); column++) {
                        SparseKernels.combine(
                                matrix,
                                column,
                                first,
                                BlockedLayout.PIXEL_BYTES,
                                target + (long) column * BlockedLayout.PIXEL_BYTES,
                                BlockedLayout.PIXEL_BYTES);
                    }
                }
            }
        });
    }

    /** Any layouts: through row-major arrays. */
    private void multiplyArrays(SparseMatrix matrix, JvmStorage x, int dimension, JvmStorage out) {
        int inner = inner(x, dimension);
        float[] from = new float[x.shape().elements()];
        x.read(from, workspace.pool());
        float[] to = new float[out.shape().elements()];
        for (int i = 0; i < to.length / inner; i++) {
            int row = i % matrix.height();
            for (int k = matrix.start(row); k < matrix.start(row + 1); k++) {
                int source = (i / matrix.height() * matrix.width() + matrix.column(k)) * inner;
                for (int j = 0; j < inner; j++) {
                    to[i * inner + j] += matrix.weight(k) * from[source + j];
                }
            }
        }
        out.write(to, workspace.pool());
    }

    private static int inner(JvmStorage x, int dimension) {
        int inner = 1;
        for (int d = dimension + 1; d < x.shape().rank(); d++) {
            inner *= x.shape().dim(d);
        }
        return inner;
    }
}
