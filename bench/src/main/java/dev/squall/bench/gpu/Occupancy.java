package dev.squall.bench.gpu;

/**
 * How many blocks a processor of a GPU holds at once.
 *
 * @param warps the most warps of a processor
 * @param blocks the most blocks
 * @param registers of 32 bits
 * @param sharedBytes of shared memory, less what each block reserves
 * @param warpSize threads of a warp
 */
public record Occupancy(int warps, int blocks, int registers, int sharedBytes, int warpSize) {
    /** Registers are handed out to warps in pieces of 256, shared memory in pieces of 128 bytes and, by NVIDIA, 1 KiB for the system. */
    private static final int REGISTER_PIECE = 256;

    private static final int SHARED_PIECE = 128;
    private static final int SHARED_OF_SYSTEM = 1024;

    /** Compute capability 9.0, from NVIDIA's CUDA C++ Programming Guide, "Technical Specifications per Compute Capability". */
    public static final Occupancy SM90 = new Occupancy(64, 32, 65_536, 228 << 10, 32);

    /** Compute capability 8.0, same source. */
    public static final Occupancy SM80 = new Occupancy(64, 32, 65_536, 164 << 10, 32);

    /** Compute capability 8.9, same source. */
    public static final Occupancy SM89 = new Occupancy(48, 24, 65_536, 100 << 10, 32);

    /**
     * A compute unit of CDNA 2: 8 waves of 64 in each of 4 SIMDs, of 512 vector registers a lane; AMD's "CDNA 2 Instruction Set Architecture" and
     * "Instinct MI200 white paper".
     */
    public static final Occupancy CDNA2 = new Occupancy(32, 32, 4 * 512 * 64, 64 << 10, 64);

    /** Blocks of {@code threads} threads with so many registers each and so much shared memory that run at once; 0 if none can. */
    public int blocks(int threads, int registersOfThread, int shared) {
        int warpsOfBlock = Math.ceilDiv(threads, warpSize);
        int registersOfWarp = Math.ceilDiv(Math.max(1, registersOfThread) * warpSize, REGISTER_PIECE) * REGISTER_PIECE;
        int byRegisters = registers / registersOfWarp / warpsOfBlock;
        int byShared = sharedBytes
                / (Math.ceilDiv(shared, SHARED_PIECE) * SHARED_PIECE + (warpSize == 32 ? SHARED_OF_SYSTEM : 0));
        return Math.min(Math.min(blocks, warps / warpsOfBlock), Math.min(byRegisters, byShared));
    }

    /** Which part of a processor's warps that is. */
    public double of(int threads, int registersOfThread, int shared) {
        return (double) blocks(threads, registersOfThread, shared) * Math.ceilDiv(threads, warpSize) / warps;
    }
}
