package dev.squall.backend.checked;

import dev.squall.tensor.Storage;

/** Lets a test change what the door protects. */
public final class PastTheDoor {
    private PastTheDoor() {}

    /** Replaces the contents of an activation, also if a backward pass still needs them. */
    public static void upload(float[] values, Storage storage) {
        ((CheckedBackend) storage.memory()).write(values, storage);
    }
}
