package dev.squall.tornado.layout;

import dev.squall.backend.DeviceMemoryException;
import dev.squall.tornado.device.ArenaAllocator;
import dev.squall.tornado.device.ArenaAllocator.Place;
import dev.squall.tornado.device.Launcher;
import dev.squall.tornado.kernel.HalfKernels;
import dev.squall.tornado.kernel.Kernel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/**
 * Images in half of their memory, as they wait for the backward pass, see {@link HalfKernels}. One launch packs or unpacks many of them:
 *
 * <ul>
 *   <li>An image that is to be packed waits as it is while there is memory, and until there are {@link HalfKernels#JOBS} of them or they are a certain part of it. So where all fits, nothing is packed: to pack and unpack an image
 *       moves three times what it takes. Those that have waited longest are packed first, since they are needed last.
 *   <li>A backward pass reads images in the reverse of the order in which the forward pass made them. So with an image those that were packed before it are unpacked too, and wait again: whoever reads them finds
 *       them as they were, and if memory is needed, they are packed.
 * </ul>
 */
public final class PackedImages {
    /** The part of an arena that images which wait may be if there is no more memory than that. */
    private static final int PART_OF_ARENA = 16;

    /** The share of all memory that must be free for images to wait longer: halves must find their place in it. */
    private static final double RESERVE = 1.0 / 8;

    private final Launcher launcher;

    /** To be packed, but still as they were. */
    private final SequencedSet<TornadoStorage> waiting = new LinkedHashSet<>();

    /** Those that are packed, the last one at the end. */
    private final SequencedSet<TornadoStorage> packed = new LinkedHashSet<>();

    private long waitingVectors;
    private boolean isPacking;

    /** None yet. */
    public PackedImages(Launcher launcher) {
        this.launcher = launcher;
        launcher.arena().reclaim(this::complete);
    }

    /** An image that moves. */
    private record Move(TornadoStorage image, Place whole, Place half) {}

    /** Lets the contents of {@code image}, all of them FP16, take half of the memory, soon. */
    public void pack(TornadoStorage image) {
        await(image);
        while ((waiting.size() >= HalfKernels.JOBS || waitingVectors > most())
                && launcher.arena().freeShare() < RESERVE
                && packFirst()) {}
    }

    /** Brings back the contents of {@code image}. */
    public void unpack(TornadoStorage image) {
        if (waiting.remove(image)) {
            waitingVectors -= image.vectors();
            return;
        }
        List<Move> moves = new ArrayList<>();
        moves.add(new Move(image, image.allocate(launcher.arena(), image.vectors()), image.place()));
        long vectors = 0;
        for (TornadoStorage other : before(image)) {
            vectors += other.vectors();
            Place whole = vectors > most() - waitingVectors ? null : other.allocateIfFree(launcher.arena());
            if (whole == null) {
                break;
            }
            moves.add(new Move(other, whole, other.place()));
        }
        launch(HalfKernels.UNPACK, moves);
        for (Move move : moves) {
            packed.remove(move.image);
            move.image.release(launcher.arena(), move.image.moveTo(move.whole, false), move.image.packedVectors());
        }
        moves.stream().map(Move::image).filter(other -> other != image).forEach(this::await);
    }

    /** Forgets an image that is being freed. */
    public void drop(TornadoStorage image) {
        packed.remove(image);
        if (waiting.remove(image)) {
            waitingVectors -= image.vectors();
        }
    }

    /** Packs what waits; what there is no room for stays as it is. */
    public void complete() {
        while (packFirst()) {}
    }

    /** Packs those that have waited longest, as many as a launch takes and there is room for; whether there are any. */
    private boolean packFirst() {
        List<Move> moves = isPacking ? List.of() : firstMoves();
        launch(HalfKernels.PACK, moves);
        for (Move move : moves) {
            drop(move.image);
            packed.add(move.image);
            move.image.release(launcher.arena(), move.image.moveTo(move.half, true), move.image.vectors());
        }
        return !moves.isEmpty();
    }

    private List<Move> firstMoves() {
        List<Move> moves = new ArrayList<>();
        // It asks for memory itself.
        isPacking = true;
        try {
            for (TornadoStorage image : waiting) {
                Place half = place(image);
                if (half != null) {
                    moves.add(new Move(image, image.place(), half));
                }
                if (moves.size() == HalfKernels.JOBS) {
                    break;
                }
            }
        } finally {
            isPacking = false;
        }
        return moves;
    }

    private void await(TornadoStorage image) {
        waiting.add(image);
        waitingVectors += image.vectors();
    }

    private long most() {
        return launcher.arena().capacity() / PART_OF_ARENA;
    }

    /** Those that were packed before an image, the last one first, as many as a launch takes beside it. */
    private List<TornadoStorage> before(TornadoStorage image) {
        return packed.reversed().stream()
                .dropWhile(other -> other != image)
                .skip(1)
                .limit(HalfKernels.JOBS - 1)
                .toList();
    }

    private @Nullable Place place(TornadoStorage image) {
        try {
            return image.allocate(launcher.arena(), image.packedVectors());
        } catch (DeviceMemoryException e) {
            return null;
        }
    }

    /** One launch for all that lie in the same two arenas, more often than once only if there are more than it takes. */
    private void launch(Kernel kernel, List<Move> moves) {
        Map<List<Integer>, List<Move>> byArenas = new LinkedHashMap<>();
        for (Move move : moves) {
            byArenas.computeIfAbsent(List.of(move.whole.arena(), move.half.arena()), _ -> new ArrayList<>())
                    .add(move);
        }
        byArenas.forEach((arenas, all) -> {
            int[] places = {arenas.get(0), arenas.get(1)};
            for (int first = 0; first < all.size(); first += HalfKernels.JOBS) {
                launch(kernel, places, all.subList(first, Math.min(first + HalfKernels.JOBS, all.size())));
            }
        });
    }

    private void launch(Kernel kernel, int[] places, List<Move> moves) {
        int[] sizes = new int[HalfKernels.FIRST_JOB + moves.size() * HalfKernels.SIZES_OF_JOB];
        int words = 0;
        for (int i = 0; i < moves.size(); i++) {
            Move move = moves.get(i);
            words = Math.addExact(words, move.image.floats() / 2);
            int at = HalfKernels.FIRST_JOB + i * HalfKernels.SIZES_OF_JOB;
            sizes[at] = words;
            sizes[at + 1] = move.whole.offset() * ArenaAllocator.LANES;
            sizes[at + 2] = move.half.offset() * ArenaAllocator.LANES;
        }
        sizes[0] = words;
        sizes[1] = moves.size();
        launcher.launch(kernel, places, words, 1, sizes);
    }
}
