package dev.squall.tornado.code;

import dev.squall.bench.gpu.KernelFigures.Loop;
import dev.squall.bench.gpu.KernelFigures.Widths;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The machine code of one kernel for an NVIDIA GPU of compute capability 7.0 or later, read from the file that the assembler writes: as much of it as
 * tells loops and their instructions.
 *
 * <p>NVIDIA does not document the encoding; what is used of it here was compared with what its disassembler prints. An instruction has 16 bytes. The
 * lowest 9 bits are the operation, whatever its operands are; an access of memory has its width in bits 73 to 75; a branch has its distance,
 * counted in 4 bytes from the next instruction, in bits 16 to 23 and, above them, 34 to 81.
 */
final class Sass {
    private static final int BYTES = 16;
    private static final int OPERATION = 0x1ff;
    private static final int MULTIPLY_ADD = 0x023;
    /** Of halves, by a tensor core. */
    private static final int MULTIPLY_MATRICES = 0x03c;

    private static final int LOAD = 0x181;
    private static final int STORE = 0x186;
    /** As CUDA's code does, whose pointers do not say which memory they point to. */
    private static final int LOAD_ANYWHERE = 0x180;

    private static final int STORE_ANYWHERE = 0x185;
    private static final int LOAD_SHARED = 0x184;
    private static final int EXIT = 0x14d;
    private static final int RETURN = 0x150;
    /** The predicate of an instruction that always runs, in bits 12 to 15. */
    private static final int ALWAYS = 7;

    private static final int BRANCH = 0x147;
    private static final int WIDTH_8 = 5;
    private static final int WIDTH_16 = 6;

    private final ByteBuffer code;
    private final List<BitSet> loops;

    private Sass(ByteBuffer code) {
        this.code = code;
        loops = Loops.of(count(), this::successors);
    }

    /** Where the run may go on after an instruction. A call comes back. */
    private int[] successors(int i) {
        IntStream.Builder next = IntStream.builder();
        if (operation(i) == BRANCH) {
            next.add(i + 1 + (int) (distance(i) * Float.BYTES / BYTES));
        }
        boolean always = (code.getLong(i * BYTES) >>> 12 & 0xf) == ALWAYS;
        if (!(always && (operation(i) == BRANCH || operation(i) == EXIT || operation(i) == RETURN))) {
            next.add(i + 1);
        }
        return next.build().filter(to -> 0 <= to && to < count()).toArray();
    }

    /** The code of the only kernel in an ELF file, which the section {@code .text.NAME} holds. */
    static Sass of(byte[] elf) {
        ByteBuffer file = ByteBuffer.wrap(elf).order(ByteOrder.LITTLE_ENDIAN);
        int table = (int) file.getLong(0x28);
        int entry = file.getShort(0x3a);
        int sections = file.getShort(0x3c);
        int names = (int) file.getLong(table + entry * file.getShort(0x3e) + 0x18);
        for (int section = table; section < table + entry * sections; section += entry) {
            int name = names + file.getInt(section);
            if (new String(elf, name, 6, StandardCharsets.US_ASCII).equals(".text.")) {
                int start = (int) file.getLong(section + 0x18);
                int length = (int) file.getLong(section + 0x20);
                return new Sass(file.slice(start, length).order(ByteOrder.LITTLE_ENDIAN));
            }
        }
        throw new IllegalStateException("the assembler's file holds no code");
    }

    /** All instructions, the assembler's filling at the end included. */
    int count() {
        return code.limit() / BYTES;
    }

    private int operation(int instruction) {
        return (int) code.getLong(instruction * BYTES) & OPERATION;
    }

    private int width(int instruction) {
        return (int) (code.getLong(instruction * BYTES + Long.BYTES) >>> 9) & 7;
    }

    private long distance(int branch) {
        long low = code.getLong(branch * BYTES);
        long high = code.getLong(branch * BYTES + Long.BYTES);
        long above = (high & 0x3ffff) << 30 | low >>> 34;
        return above << 16 >> 8 | low >>> 16 & 0xff;
    }

    private int count(BitSet loop, int operation) {
        return (int) loop.stream().filter(i -> operation(i) == operation).count();
    }

    Widths loads() {
        return widths(LOAD, LOAD_ANYWHERE);
    }

    Widths stores() {
        return widths(STORE, STORE_ANYWHERE);
    }

    private Widths widths(int... operations) {
        int[] of = new int[3];
        for (int i = 0; i < count(); i++) {
            int operation = operation(i);
            if (Arrays.stream(operations).anyMatch(wanted -> wanted == operation)) {
                of[Math.max(0, width(i) - WIDTH_8 + 1)]++;
            }
        }
        return new Widths(of[0], of[1], of[2]);
    }

    private static boolean contains(BitSet loop, BitSet other) {
        BitSet rest = (BitSet) other.clone();
        rest.andNot(loop);
        return rest.isEmpty() && !loop.equals(other);
    }

    private Optional<BitSet> innermost() {
        return loops.stream()
                .filter(loop -> loops.stream().noneMatch(other -> contains(loop, other)))
                .max(Comparator.<BitSet>comparingInt(loop -> count(loop, MULTIPLY_MATRICES))
                        .thenComparingDouble(loop -> figures(loop, loop).share())
                        .thenComparingInt(BitSet::cardinality));
    }

    /** The innermost loop that uses tensor cores, or of which multiply-adds are the largest part. */
    Loop inner() {
        return innermost().map(loop -> figures(loop, loop)).orElse(Loop.NONE);
    }

    /** The smallest loop around it. */
    Loop outer() {
        return innermost()
                .flatMap(inner -> loops.stream()
                        .filter(loop -> contains(loop, inner))
                        .min(Comparator.comparingInt(BitSet::cardinality))
                        .map(outer -> figures(outer, inner)))
                .orElse(Loop.NONE);
    }

    private Loop figures(BitSet loop, BitSet inner) {
        int shared16 = (int) loop.stream()
                .filter(i -> operation(i) == LOAD_SHARED && width(i) == WIDTH_16)
                .count();
        return new Loop(
                loop.cardinality(),
                count(loop, MULTIPLY_ADD),
                count(loop, LOAD_SHARED),
                shared16,
                Loops.least(loop, inner, count(), this::successors),
                count(loop, MULTIPLY_MATRICES));
    }
}
