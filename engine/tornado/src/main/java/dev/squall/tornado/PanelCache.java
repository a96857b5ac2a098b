package dev.squall.tornado;

import static dev.squall.tornado.kernel.PanelKernels.PACK;

import dev.squall.tensor.Role;
import java.util.function.IntConsumer;

/**
 * Packs weights. What it packed of a parameter it keeps, until the parameter changes or is freed; other operands are packed for one launch.
 */
final class PanelCache {
    /** Where the packed copy of a storage's contents of some version lies. */
    record Block(int offset, int version) {}

    private final TornadoBackend backend;

    PanelCache(TornadoBackend backend) {
        this.backend = backend;
    }

    /** Calls {@code use} with the first vector of {@code w} in the layout {@code panels}. */
    void with(TornadoStorage w, Panels panels, IntConsumer use) {
        if (w.role() == Role.PARAMETER) {
            use.accept(kept(w, panels));
        } else {
            backend.withScratch(panels.vectors(), offset -> {
                pack(w, panels, offset);
                use.accept(offset);
            });
        }
    }

    private int kept(TornadoStorage w, Panels panels) {
        Block block = w.packed().get(panels);
        if (block != null && block.version() == w.version()) {
            return block.offset();
        }
        int offset = block == null ? backend.allocator().allocate(panels.vectors()) : block.offset();
        w.packed().put(panels, new Block(offset, w.version()));
        pack(w, panels, offset);
        return offset;
    }

    private void pack(TornadoStorage w, Panels panels, int offset) {
        backend.device().launch(PACK, panels.vectors(), 1, panels.sizes(w.offset(), offset, 1));
    }

    /** Forgets what was packed of {@code w}: it is freed, or was written in a way that its version does not count. */
    void drop(TornadoStorage w) {
        w.packed().forEach((panels, block) -> backend.allocator().release(block.offset(), panels.vectors()));
        w.packed().clear();
    }
}
