package dev.squall.backend;

import dev.squall.tensor.HalfFormat;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a user may ask of any backend; each takes what concerns it.
 *
 * @param threads threads to compute with; 0 for one per processor
 * @param precision how far arithmetic may be rearranged for speed, and what is kept in 16 bits for lack of memory
 * @param device the index of the device among those that the backend lists
 * @param memoryBytes the most memory to use on the device; 0 for the backend's default
 * @param replay when to compile what comes again and again, such as steps of a training, as one piece and replay it: the same results, at less cost for
 *     launching kernels, after a pause of some seconds to minutes
 * @param progress told in a few words about work that takes a while, such as compiling kernels
 */
public record BackendOptions(
        int threads, Precision precision, int device, long memoryBytes, Replay replay, Consumer<String> progress) {
    /** How far arithmetic may be rearranged for speed, and what is kept in 16 bits for lack of memory. */
    public enum Precision {
        /** Algorithms with an error as small as that of the direct sum. */
        ACCURATE,
        /**
         * Also faster ones with a somewhat larger error, such as Winograd's F(4x4, 3x3). That computes tiles of 4x4 or 6x6 outputs from the sums and
         * differences of the 6x6 or 8x8 inputs below, with a stride of 2 up to 7x7 from those of 15x15: beside an input that is 10^4 times larger than its neighbours their outputs lose three
         * digits, and a NaN or an infinity makes all outputs of its tiles NaN (85 where the direct sum has 9). Where that matters, or where a
         * training on data of very different magnitudes goes wrong, ask for {@link #ACCURATE}. Products of large matrices, of which 1x1 convolutions consist, may be
         * formed by Strassen's algorithm, whose errors are like those of the direct sum where values are of one magnitude; what is not finite stays where it is there.
         */
        FAST,
        /**
         * As {@link #FAST}, but images and their gradients are rounded to FP16 between the operations of a training: mixed precision, as the networks of the
         * paper were trained. {@link dev.squall.autograd.Autograd} has the rules. What a step keeps for its backward pass takes half of the memory. Gradients
         * below 2^-25 would be lost, so that the loss is scaled; see {@code dev.squall.optim.LossScale}.
         *
         * <p>Matrix products, convolutions and their derivatives may also round their operands to FP16, parameters and features among them, and then sum in single precision, as tensor cores
         * do: beyond 65504 an operand then counts as infinite. The backend {@code tornado} does so on GPUs whose tensor cores it reaches; no other backend does.
         */
        MIXED(HalfFormat.FP16),
        /**
         * The same in BF16, which has the range of single precision, so that nothing needs a scale, and 3 bits less. In-place activated norms compute their
         * inputs from their outputs, where those bits are missed: {@link #MIXED} is the first choice.
         */
        BF16(HalfFormat.BF16);

        private final @Nullable HalfFormat activations;

        Precision() {
            activations = null;
        }

        Precision(HalfFormat activations) {
            this.activations = activations;
        }

        /** What images are rounded to in training; null for single precision. */
        public @Nullable HalfFormat activations() {
            return activations;
        }
    }

    /** When to replay what comes again and again, which must be compiled for it first. */
    public enum Replay {
        /** On a GPU what has taken several times as long already as compiling it will take; on a processor nothing, since launches cost little there. */
        AUTO,
        /** What comes for the third time, on any device. */
        ALWAYS,
        /** Nothing. */
        NEVER
    }

    public static final BackendOptions DEFAULT =
            new BackendOptions(0, Precision.FAST, 0, 0, Replay.AUTO, message -> {});

    /** The most {@link #threads} that can be asked for: each takes memory, and no processor has as many. */
    public static final int MOST_THREADS = 1024;

    public BackendOptions {
        if (threads > MOST_THREADS) {
            throw new IllegalArgumentException("a backend has at most " + MOST_THREADS + " threads, not " + threads
                    + "; 0 is one for each processor");
        }
        if (threads < 0 || device < 0 || memoryBytes < 0) {
            throw new IllegalArgumentException("threads, device and memory must not be negative, got threads " + threads
                    + ", device " + device + ", memory " + memoryBytes);
        }
    }

    public BackendOptions withThreads(int threads) {
        return new BackendOptions(threads, precision, device, memoryBytes, replay, progress);
    }

    public BackendOptions withPrecision(Precision precision) {
        return new BackendOptions(threads, precision, device, memoryBytes, replay, progress);
    }

    public BackendOptions withDevice(int device) {
        return new BackendOptions(threads, precision, device, memoryBytes, replay, progress);
    }

    public BackendOptions withMemoryBytes(long memoryBytes) {
        return new BackendOptions(threads, precision, device, memoryBytes, replay, progress);
    }

    public BackendOptions withReplay(Replay replay) {
        return new BackendOptions(threads, precision, device, memoryBytes, replay, progress);
    }

    public BackendOptions withProgress(Consumer<String> progress) {
        return new BackendOptions(threads, precision, device, memoryBytes, replay, progress);
    }
}
