package dev.squall.tornado.code;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * The natural loops of a program: a jump to an instruction that comes before it on every way closes one. Jumps to lower addresses alone tell nothing, as
 * assemblers move what runs rarely to the end.
 */
final class Loops {
    private Loops() {}

    /** The instructions of each loop of a program of {@code count} instructions, from which the run goes on to {@code successors}. */
    static List<BitSet> of(int count, IntFunction<int[]> successors) {
        List<List<Integer>> before = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            before.add(new ArrayList<>());
        }
        for (int i = 0; i < count; i++) {
            for (int next : successors.apply(i)) {
                before.get(next).add(i);
            }
        }
        BitSet[] dominators = dominators(count, before);
        Map<Integer, BitSet> loops = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            for (int next : successors.apply(i)) {
                if (dominators[i].get(next)) {
                    loops.computeIfAbsent(next, head -> new BitSet()).or(body(next, i, before));
                }
            }
        }
        return List.copyOf(loops.values());
    }

    /** What comes before each instruction on every way to it, itself included; what is never reached has all. */
    private static BitSet[] dominators(int count, List<List<Integer>> before) {
        BitSet[] dominators = new BitSet[count];
        for (int i = 0; i < count; i++) {
            dominators[i] = new BitSet(count);
            dominators[i].set(0, i == 0 ? 1 : count);
        }
        boolean changes = true;
        while (changes) {
            changes = false;
            for (int i = 1; i < count; i++) {
                BitSet common = new BitSet(count);
                common.set(0, count);
                for (int previous : before.get(i)) {
                    common.and(dominators[previous]);
                }
                common.set(i);
                if (!common.equals(dominators[i])) {
                    dominators[i] = common;
                    changes = true;
                }
            }
        }
        return dominators;
    }

    /** What reaches {@code last} without passing {@code head}. */
    private static BitSet body(int head, int last, List<List<Integer>> before) {
        BitSet body = new BitSet();
        body.set(head);
        Deque<Integer> open = new ArrayDeque<>(List.of(last));
        while (!open.isEmpty()) {
            int instruction = open.pop();
            if (!body.get(instruction)) {
                body.set(instruction);
                open.addAll(before.get(instruction));
            }
        }
        return body;
    }

    /** How many instructions the shortest way round a loop has that passes {@code inner}, a loop within it or itself; all of them if it is never run. */
    static int least(BitSet loop, BitSet inner, int count, IntFunction<int[]> successors) {
        int head = head(loop, count, successors);
        int innerHead = head(inner, count, successors);
        int[] in = distances(head, loop, successors);
        int[] out = distances(innerHead, loop, successors);
        OptionalInt back = loop.stream()
                .filter(i -> out[i] >= 0 && IntStream.of(successors.apply(i)).anyMatch(next -> next == head))
                .map(i -> out[i] + 1)
                .min();
        return back.isEmpty() ? loop.cardinality() : in[innerHead] + back.getAsInt();
    }

    /** Where a loop is entered: assemblers need not put that first. */
    private static int head(BitSet loop, int count, IntFunction<int[]> successors) {
        return IntStream.range(0, count)
                .filter(i -> !loop.get(i))
                .flatMap(i -> IntStream.of(successors.apply(i)))
                .filter(loop::get)
                .findFirst()
                .orElse(loop.nextSetBit(0));
    }

    /** How many instructions lie on the shortest way from {@code from} to each other of a loop, which is not among them; -1 if there is none. */
    private static int[] distances(int from, BitSet loop, IntFunction<int[]> successors) {
        int[] distances = new int[loop.length()];
        Arrays.fill(distances, -1);
        distances[from] = 0;
        Deque<Integer> open = new ArrayDeque<>(List.of(from));
        while (!open.isEmpty()) {
            int i = open.remove();
            for (int next : successors.apply(i)) {
                if (loop.get(next) && distances[next] < 0) {
                    distances[next] = distances[i] + 1;
                    open.add(next);
                }
            }
        }
        return distances;
    }
}
