package dev.squall.bench.gpu;

import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What an assembler made of one kernel; a line of the table in {@code kernels-sm90.txt}.
 *
 * @param kernel its name
 * @param backend of TornadoVM that generated the code: {@code opencl}, {@code ptx} or {@code cuda}
 * @param threads of a block
 * @param registers of a thread
 * @param stack bytes of a thread in local memory
 * @param spills bytes that a thread writes and reads because registers do not suffice
 * @param shared bytes of a block in shared memory
 * @param instructions all of them
 * @param loads from global memory, of 4, 8 and 16 bytes; smaller ones count as 4
 * @param stores to global memory, likewise
 * @param inner the innermost loop of which multiply-adds are the largest part; of a kernel without any, the longest
 * @param outer the smallest loop around it
 */
public record KernelFigures(
        String kernel,
        String backend,
        int threads,
        int registers,
        int stack,
        int spills,
        int shared,
        int instructions,
        Widths loads,
        Widths stores,
        Loop inner,
        Loop outer) {
    /** What the table adds to the name of a kernel whose images lie in memory as halves. */
    public static final String HALVES = "Halves";

    private static final int COLUMNS = 12;

    /** The same with so many registers, and instructions in all. */
    public KernelFigures with(int ofThread, int all) {
        return new KernelFigures(
                kernel, backend, threads, ofThread, stack, spills, shared, all, loads, stores, inner, outer);
    }

    /** How many accesses are of 4, 8 and 16 bytes. */
    public record Widths(int of4, int of8, int of16) {
        static Widths parse(String text) {
            int[] counts = numbers(text, "/");
            return new Widths(counts[0], counts[1], counts[2]);
        }

        /** Bytes of an access in the mean; those of a float if there are none. */
        public double meanBytes() {
            int all = of4 + of8 + of16;
            return all == 0 ? Float.BYTES : (4.0 * of4 + 8.0 * of8 + 16.0 * of16) / all;
        }

        @Override
        public String toString() {
            return of4 + "/" + of8 + "/" + of16;
        }
    }

    /**
     * The instructions of one pass of a loop, those of loops within it counted once.
     *
     * @param instructions all, 0 if there is no such loop
     * @param multiplyAdds fused ones of floats
     * @param shared reads of shared memory
     * @param shared16 those of 16 bytes among them
     * @param least instructions of the shortest way round, through loops within it once: what is left of the others runs in some passes only
     * @param tensor products of 16 x 16 and 16 x 8 that a warp's tensor core computes; where there are none, a line does not say so
     */
    public record Loop(int instructions, int multiplyAdds, int shared, int shared16, int least, int tensor) {
        public static final Loop NONE = new Loop(0, 0, 0, 0, 0, 0);

        static Loop parse(String text) {
            if (text.equals("-")) {
                return NONE;
            }
            int[] counts = numbers(text, ":");
            return new Loop(counts[0], counts[1], counts[2], counts[3], counts[4], counts.length == 5 ? 0 : counts[5]);
        }

        /** Which part of the instructions multiplies and adds. */
        public double share() {
            return instructions == 0 ? 0 : (double) multiplyAdds / instructions;
        }

        @Override
        public String toString() {
            return instructions == 0
                    ? "-"
                    : instructions + ":" + multiplyAdds + ":" + shared + ":" + shared16 + ":" + least
                            + (tensor == 0 ? "" : ":" + tensor);
        }
    }

    /** A line of the table. */
    static KernelFigures parse(String line) {
        String[] columns = line.strip().split("\\s+");
        if (columns.length != COLUMNS + 1) {
            throw new IllegalArgumentException(
                    "a line of the kernels' table has " + (COLUMNS + 1) + " columns, got: " + line);
        }
        int[] n = Arrays.stream(columns, 2, 7).mapToInt(Integer::parseInt).toArray();
        return new KernelFigures(
                columns[0],
                columns[1],
                n[0],
                n[1],
                n[2],
                n[3],
                n[4],
                Integer.parseInt(columns[8]),
                Widths.parse(columns[9]),
                Widths.parse(columns[10]),
                Loop.parse(columns[11]),
                Loop.parse(columns[12]));
    }

    private static int[] numbers(String text, String separator) {
        return Arrays.stream(text.split(separator)).mapToInt(Integer::parseInt).toArray();
    }

    /** The heads of the columns. */
    static String heading() {
        return columns(
                "# kernel",
                "backend",
                "block",
                "regs",
                "stack",
                "spill",
                "shared",
                "occup.",
                "code",
                "loads",
                "stores",
                "inner",
                "outer");
    }

    private static String columns(Object... all) {
        return String.format(Locale.ROOT, "%-28s %-7s %5s %4s %5s %5s %6s %6s %5s %9s %9s %-17s %s", all)
                .stripTrailing();
    }

    /** The line of the table. The share of warps in flight stands there to be read, and is computed anew. */
    @Override
    public String toString() {
        return columns(
                kernel,
                backend,
                threads,
                registers,
                stack,
                spills,
                shared,
                Math.round(100 * Occupancy.SM90.of(threads, registers, shared)) + "%",
                instructions,
                loads,
                stores,
                inner,
                outer);
    }

    /** Several lines, for messages. */
    public static String lines(Collection<KernelFigures> figures) {
        return figures.stream().map(KernelFigures::toString).collect(Collectors.joining("\n"));
    }
}
