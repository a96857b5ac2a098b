package dev.squall.optim;

/** The same learning rate throughout. */
public record Constant(float rate) implements Schedule {
    @Override
    public float learningRate(int step) {
        return rate;
    }
}
