package dev.squall.tornado.code;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;

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
}
