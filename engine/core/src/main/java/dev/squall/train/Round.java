package dev.squall.train;

import java.io.Serializable;

/**
 * What every copy of a network is told that takes some steps by itself. It is all there is to know: whoever is told the same again learns the same,
 * to the last bit, and so a round that was lost can be repeated anywhere.
 *
 * @param epoch counted from 1
 * @param firstPass the first pass of the epoch that has not been taken
 * @param steps to be taken
 * @param stepsBefore of the optimizer, from which its learning rates follow
 * @param state weights, statistics and the optimizer's state, as {@link Replica} has them in a row
 */
public record Round(int epoch, int firstPass, int steps, int stepsBefore, float[] state) implements Serializable {}
