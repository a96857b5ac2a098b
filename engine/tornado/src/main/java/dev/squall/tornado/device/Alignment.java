package dev.squall.tornado.device;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat4;

/**
 * Where value 0 of an array of floats lies in it, as kernels and the host count: on a GPU at a multiple of {@value #LINE} bytes, the length of its cache's lines, so that neighbours who
 * read as many bytes touch one line and not two.
 *
 * <p>TornadoVM puts a header before an array's values, of 16 bytes if {@code tornado.panama.objectHeader} does not say otherwise, and drivers align buffers to 256.
 * TornadoVM counts vectors, and what tensor cores store, from byte {@value #VECTORS} on whatever the header is, but floats from the header's end. So
 *
 * <pre>
 *   byte 0        16                          128
 *   | header      | 28 floats that nobody uses | value 0, 1, 2, ...     on a GPU
 *   | header      | value 0, 1, 2, ...                                  on a processor, whose vectors of eight cannot begin elsewhere
 * </pre>
 *
 * This rewrites kernels so that all their indices count from there. TornadoVM adds the header to an index, so that both together are the one constant that an address has anyway.
 * {@link ArenaAllocator} hands out multiples of {@value #LINE} bytes.
 *
 * @param firstByte of value 0
 */
record Alignment(int firstByte) {
    static final int LINE = 128;

    /** Where TornadoVM begins to count vectors: the end of the header that a Java array has. */
    private static final int VECTORS = 16;

    private static final int HEADER = (int) TornadoNativeArray.ARRAY_HEADER;

    private static final Alignment ON_PROCESSORS = new Alignment(VECTORS);
    private static final Alignment ON_GPUS = new Alignment(Math.ceilDiv(HEADER, LINE) * LINE);

    private static final ClassDesc FLOATS = describe(FloatArray.class);
    private static final ClassDesc QUADS = describe(VectorFloat4.class);
    private static final ClassDesc CONTEXT = describe(KernelContext.class);

    private static ClassDesc describe(Class<?> type) {
        return type.describeConstable().orElseThrow();
    }

    static Alignment on(boolean gpu) {
        return gpu ? ON_GPUS : ON_PROCESSORS;
    }

    /** The index that the host's array of floats has for value 0; below zero if it begins before the header ends. */
    int firstFloat() {
        return (firstByte - HEADER) / Float.BYTES;
    }

    /** The index that value 0 has in an array of halves that stands for the same memory. */
    int firstHalf() {
        return (firstByte - HEADER) / Short.BYTES;
    }

    /** Floats that an array must have more than there are values. */
    int unusedFloats() {
        return Math.max(0, firstFloat());
    }

    /** The copy of a class of kernels. */
    byte[] rewrite(ClassFile classFiles, byte[] written) {
        return classFiles.transformClass(
                classFiles.parse(written), ClassTransform.transformingMethodBodies(this::instruction));
    }

    private void instruction(CodeBuilder code, CodeElement element) {
        if (element instanceof InvokeInstruction call) {
            ClassDesc owner = call.owner().asSymbol();
            String name = call.name().stringValue();
            if (owner.equals(FLOATS)) {
                ofFloats(code, name);
            } else if (owner.equals(QUADS) && name.equals("get")) {
                move(code, (firstByte - VECTORS) / (4 * Float.BYTES));
            } else if (owner.equals(CONTEXT) && name.equals("mmaStore")) {
                // The column, which stands before the length of a row.
                moveBelow(code, (firstByte - VECTORS) / Float.BYTES);
            }
        }
        code.with(element);
    }

    private void ofFloats(CodeBuilder code, String method) {
        switch (method) {
            case "get" -> move(code, firstFloat());
            case "set" -> moveBelow(code, firstFloat());
            default -> throw new IllegalStateException("kernels cannot call FloatArray." + method);
        }
    }

    /** Adds to the index on top of the stack. */
    private static void move(CodeBuilder code, int distance) {
        if (distance != 0) {
            code.loadConstant(distance).iadd();
        }
    }

    /** Adds to the index under what is on top of the stack. */
    private static void moveBelow(CodeBuilder code, int distance) {
        if (distance != 0) {
            code.swap().loadConstant(distance).iadd().swap();
        }
    }
}
