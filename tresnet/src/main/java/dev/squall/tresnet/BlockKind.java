package dev.squall.tresnet;

/** The two residual blocks. */
public enum BlockKind {
    /** Two 3x3 convolutions. */
    BASIC(1),
    /** 1x1, 3x3 and 1x1 convolutions, the last of which widens. */
    BOTTLENECK(4);

    private final int expansion;

    BlockKind(int expansion) {
        this.expansion = expansion;
    }

    /** The channels of the block's output, divided by its planes. */
    public int expansion() {
        return expansion;
    }
}
