package dev.squall.optim;

/** The learning rate as a function of the optimizer's step, counted from 0. */
@FunctionalInterface
public interface Schedule {
    /** The learning rate of step {@code step}; steps after the last keep its rate. */
    float learningRate(int step);
}
