package dev.squall.backend.checked;

import dev.squall.tensor.Storage;
import java.util.List;

/** Told of every call of a primitive that passes its checks; of one that is composed of others, only of itself. See {@link CheckedBackend#watch}. */
public interface CallWatcher {
    /**
     * Before the work of a call.
     *
     * @param primitive as messages call it, for example {@code convolution's weight gradient}
     * @param read the storages whose contents it needs
     * @param written those that it writes
     */
    void before(String primitive, List<Storage> read, List<Storage> written);

    /** After the work of a call. */
    void after(String primitive);
}
