package dev.squall.train.parallel;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/**
 * A sum of numbered vectors that depends, to the last bit, on their numbers alone: not on who adds which of them, nor when. Sums of floats
 * depend on where the brackets stand, so these stand by number: terms 0 and 1 are added, and 2 and 3, then both sums, as in a binary tree.
 *
 * <pre>{@code
 * ((t0 + t1) + (t2 + t3)) + (t4 + t5)
 * }</pre>
 *
 * What is there of neighbours is added at once. So whoever has terms 0 to 3 keeps one vector, and whoever has 1 to 4 keeps three; a worker with
 * an aligned range of a power of two of them has to send only one.
 */
public final class TreeSum implements Serializable {
    private static final long serialVersionUID = 1;

    private final int terms;
    private final int length;
    private final BitSet seen = new BitSet();
    private final TreeMap<Node, float[]> parts = new TreeMap<>();

    /** The sum of the terms {@code index << level} up to {@code (index + 1) << level}, as far as there are any. */
    private record Node(int level, int index) implements Comparable<Node>, Serializable {
        private static final Comparator<Node> ORDER =
                Comparator.comparingLong(Node::first).thenComparing(Node::level);

        long first() {
            return (long) index << level;
        }

        Node sibling() {
            return new Node(level, index ^ 1);
        }

        Node parent() {
            return new Node(level + 1, index >> 1);
        }

        @Override
        public int compareTo(Node other) {
            return ORDER.compare(this, other);
        }
    }

    /**
     * With no term yet.
     *
     * @param terms how many there will be, on all workers together
     * @param length of each
     */
    public TreeSum(int terms, int length) {
        if (terms < 1 || length < 0) {
            throw new IllegalArgumentException(
                    "a sum needs at least one term and a length of at least 0, got " + terms + " and " + length);
        }
        this.terms = terms;
        this.length = length;
    }

    /** How many terms there are in the end. */
    public int terms() {
        return terms;
    }

    /** Of each term and of the sum. */
    public int length() {
        return length;
    }

    /**
     * Adds a term. The array belongs to this sum then.
     *
     * @param term its number, counted from 0
     * @throws IllegalArgumentException if there is no such term, it is there already, or it has another length
     */
    public void add(int term, float[] values) {
        if (term < 0 || term >= terms || seen.get(term) || values.length != length) {
            throw new IllegalArgumentException("term " + term + " of length " + values.length
                    + " is not one that is missing of " + terms + " terms of length " + length);
        }
        seen.set(term);
        put(new Node(0, term), values);
    }

    /**
     * Adds all terms of another part of the same sum, whose arrays belong to this one then.
     *
     * @throws IllegalArgumentException if they have terms in common, or are not of the same sum
     */
    public TreeSum add(TreeSum other) {
        if (other.terms != terms || other.length != length || seen.intersects(other.seen)) {
            throw new IllegalArgumentException("only different terms of the same sum can be added: " + seen + " and "
                    + other.seen + " of " + terms + " and " + other.terms);
        }
        seen.or(other.seen);
        other.parts.forEach(this::put);
        return this;
    }

    private void put(Node node, float[] values) {
        Node place = node;
        float[] sum = values;
        while (1L << place.level < terms) {
            if (place.sibling().first() < terms) {
                float[] other = parts.remove(place.sibling());
                if (other == null) {
                    break;
                }
                for (int i = 0; i < length; i++) {
                    other[i] += sum[i];
                }
                sum = other;
            }
            place = place.parent();
        }
        parts.put(place, sum);
    }

    /**
     * The sum of all terms.
     *
     * @throws IllegalStateException if a term is missing
     */
    public float[] total() {
        if (seen.cardinality() != terms) {
            throw new IllegalStateException("of " + terms + " terms only " + seen + " are there");
        }
        return parts.firstEntry().getValue();
    }

    /** What must be sent of this: sums of neighbouring terms, in their order. */
    public List<float[]> parts() {
        return new ArrayList<>(parts.values());
    }

    /** How many {@link #parts} one with these terms has. */
    public static int parts(int terms, int from, int to) {
        return skeleton(terms, from, to).parts.size();
    }

    /**
     * Adds what another worker has sent.
     *
     * @param from the first of its terms
     * @param to behind the last of them
     * @param received its {@link #parts}, or the same range out of each
     */
    public void add(int from, int to, List<float[]> received) {
        List<Node> nodes = new ArrayList<>(skeleton(terms, from, to).parts.keySet());
        if (nodes.size() != received.size() || seen.nextSetBit(from) >= 0 && seen.nextSetBit(from) < to) {
            throw new IllegalArgumentException("terms " + from + " to " + to + " come in " + nodes.size()
                    + " parts and once only, got " + received.size() + " beside " + seen);
        }
        seen.set(from, to);
        for (int i = 0; i < nodes.size(); i++) {
            put(nodes.get(i), received.get(i));
        }
    }

    /** One of vectors without elements, which shows where the brackets stand. */
    private static TreeSum skeleton(int terms, int from, int to) {
        TreeSum skeleton = new TreeSum(terms, 0);
        for (int term = from; term < to; term++) {
            skeleton.add(term, new float[0]);
        }
        return skeleton;
    }
}
