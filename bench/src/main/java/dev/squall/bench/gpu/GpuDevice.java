package dev.squall.bench.gpu;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** GPUs whose figures the model knows, each from its maker's data sheet; nothing here was measured. */
public enum GpuDevice {
    /** NVIDIA "H200 Tensor Core GPU" data sheet: SXM, 67 TFLOP/s, 4.8 TB/s; 132 processors of 128 lanes, 50 MB of L2. */
    H200("NVIDIA H200 SXM", 132, 128, 1.98e9, 4.8e12, 5120, Occupancy.SM90),
    /** NVIDIA "A100 Tensor Core GPU" data sheet: SXM, 80 GB, 19.5 TFLOP/s, 2.04 TB/s; 108 processors of 64 lanes. */
    A100("NVIDIA A100 SXM 80 GB", 108, 64, 1.41e9, 2.039e12, 5120, Occupancy.SM80),
    /** NVIDIA "Ada GPU Architecture" white paper: 82.6 TFLOP/s, 1.008 TB/s; 128 processors of 128 lanes. */
    RTX4090("NVIDIA GeForce RTX 4090", 128, 128, 2.52e9, 1.008e12, 5120, Occupancy.SM89),
    /** AMD "Instinct MI210" data sheet: 22.6 TFLOP/s without packed instructions, 1.6 TB/s; 104 compute units of 64 lanes. */
    MI210("AMD Instinct MI210", 104, 64, 1.7e9, 1.638e12, 4096, Occupancy.CDNA2);

    /** Schedulers of a processor: each starts an instruction of a warp in every cycle, on AMD of a wave in every fourth. */
    private static final int SCHEDULERS = 4;

    private final String label;
    private final int processors;
    private final int lanes;
    private final double hertz;
    private final double bandwidth;
    private final double cacheBytes;
    private final Occupancy occupancy;

    GpuDevice(
            String label,
            int processors,
            int lanes,
            double hertz,
            double bandwidth,
            double cacheBytes,
            Occupancy occupancy) {
        this.label = label;
        this.processors = processors;
        this.lanes = lanes;
        this.hertz = hertz;
        this.bandwidth = bandwidth;
        this.cacheBytes = cacheBytes;
        this.occupancy = occupancy;
    }

    /** The device that a user means. */
    public static GpuDevice of(String name) {
        return Arrays.stream(values())
                .filter(device -> device.name().equals(name.toUpperCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new dev.squall.error.BadInputException("the model knows no device '" + name
                        + "', only "
                        + Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", "))));
    }

    public String label() {
        return label;
    }

    /** What NVIDIA calls streaming multiprocessors and AMD compute units. */
    public int processors() {
        return processors;
    }

    public double hertz() {
        return hertz;
    }

    /** Bytes a second of its memory. */
    public double bandwidth() {
        return bandwidth;
    }

    /**
     * Bytes in a cycle of the second-level cache: NVIDIA's "A100 Tensor Core GPU Architecture" says 5,120, which we take for the other two as well; AMD's "CDNA 2" white paper
     * 32 channels of 128.
     */
    public double cacheBytes() {
        return cacheBytes;
    }

    public Occupancy occupancy() {
        return occupancy;
    }

    /** Cycles in which a scheduler's lanes compute one multiply-add of a warp. */
    public double cyclesOfMultiplyAdd() {
        return (double) occupancy.warpSize() * SCHEDULERS / lanes;
    }

    /** Cycles from one start of an instruction to the next, of one scheduler. */
    public double cyclesOfIssue() {
        return occupancy.warpSize() == 64 ? SCHEDULERS : 1;
    }

    public int schedulers() {
        return SCHEDULERS;
    }

    /**
     * Floating-point operations a second of the tensor cores that TornadoVM reaches, on dense halves with sums in single precision, by the sources above; 0 if it reaches
     * none.
     */
    public double halfPeak() {
        return switch (this) {
            case H200 -> 989e12;
            case A100 -> 312e12;
            case RTX4090 -> 165.2e12;
            case MI210 -> 0;
        };
    }

    /** Floating-point operations a second, without matrix units. */
    public double peak() {
        return 2.0 * processors * lanes * hertz;
    }
}
