package dev.squall.tornado.layout;

import static dev.squall.tornado.kernel.PanelKernels.PACK;

import dev.squall.tensor.Role;
import dev.squall.tornado.device.Launcher;
import java.util.function.IntConsumer;

/**
 * Packs weights. What it packed of a parameter it keeps, until the parameter changes or is freed; other operands are packed for one launch.
 */
public final class PanelCache {
    private final Launcher launcher;

    public PanelCache(Launcher launcher) {
        this.launcher = launcher;
    }

    /** Calls {@code use} with the first vector of {@code w} in the layout {@code panels}. */
    public void with(TornadoStorage w, Panels panels, IntConsumer use) {
        if (w.role() == Role.PARAMETER) {
            use.accept(kept(w, panels));
        } else {
            launcher.withScratch(panels.vectors(), offset -> {
                pack(w, panels, offset);
                use.accept(offset);
            });
        }
    }

    private int kept(TornadoStorage w, Panels panels) {
        TornadoStorage.Packed block = w.packed().get(panels);
        if (block != null && block.writes() == w.writes()) {
            return block.offset();
        }
        int offset = block == null ? launcher.arena().allocate(panels.vectors()) : block.offset();
        w.packed().put(panels, new TornadoStorage.Packed(offset, w.writes()));
        pack(w, panels, offset);
        return offset;
    }

    private void pack(TornadoStorage w, Panels panels, int offset) {
        launcher.launch(PACK, panels.vectors(), 1, panels.sizes(w.offset(), offset, 1));
    }

    /** Frees what was packed of {@code w}. */
    public void drop(TornadoStorage w) {
        w.packed().forEach((panels, block) -> launcher.arena().release(block.offset(), panels.vectors()));
        w.packed().clear();
    }
}
