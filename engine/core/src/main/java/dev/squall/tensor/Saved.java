package dev.squall.tensor;

/** That an operation needs the contents of a storage for its backward pass, from {@link Storage#save} until it is released. */
public final class Saved {
    private final Storage storage;
    private final String op;
    private boolean released;

    Saved(Storage storage, String op) {
        this.storage = storage;
        this.op = op;
    }

    /** The operation that needs the contents. */
    String op() {
        return op;
    }

    /** Keeps the contents alive, but no longer unchanged: the operation's own backward pass begins, which may write over them. */
    public void permitChange() {
        storage.permitChange(this);
    }

    /** Keeps the contents no longer. Does nothing the second time. */
    public void release() {
        if (!released) {
            released = true;
            permitChange();
            storage.release();
        }
    }
}
