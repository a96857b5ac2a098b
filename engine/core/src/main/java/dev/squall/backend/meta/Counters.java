package dev.squall.backend.meta;

/**
 * What has been done on a {@link MetaBackend} since it was made.
 *
 * @param multiplyAdds of convolutions and matrix products, forward and backward
 * @param bytesMoved read and written by all primitives, 4 for each element of each operand
 * @param primitives calls of primitives: on a device, launches of at least one kernel each
 */
public record Counters(long multiplyAdds, long bytesMoved, long primitives) {
    /** What was done since {@code earlier}: the work of one module, if taken before and after its forward pass. */
    public Counters since(Counters earlier) {
        return new Counters(
                multiplyAdds - earlier.multiplyAdds, bytesMoved - earlier.bytesMoved, primitives - earlier.primitives);
    }
}
