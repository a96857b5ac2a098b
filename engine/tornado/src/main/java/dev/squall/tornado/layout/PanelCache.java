package dev.squall.tornado.layout;

import static dev.squall.tornado.kernel.PanelKernels.PACK;

import dev.squall.tensor.Role;
import dev.squall.tornado.device.JobTable;
import dev.squall.tornado.device.Launcher;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.IntConsumer;

/**
 * Packs weights. What it packed of a parameter it keeps, until the parameter changes or is freed; other operands are packed for one launch. An optimizer
 * changes all parameters, so that the first one that has changed has all others that have packed with it, in one launch.
 */
public final class PanelCache {
    private final Launcher launcher;
    /** Parameters of which something is packed, in an order that does not change from run to run. */
    private final Set<TornadoStorage> parameters = new LinkedHashSet<>();

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
        if (block == null) {
            int offset = launcher.arena().allocate(panels.vectors());
            w.packed().put(panels, new TornadoStorage.Packed(offset, w.writes()));
            parameters.add(w);
            pack(w, panels, offset);
            return offset;
        }
        if (block.writes() != w.writes()) {
            packChanged();
        }
        return block.offset();
    }

    private void packChanged() {
        JobTable table = new JobTable(launcher, PACK, Launcher.IN_MAIN);
        for (TornadoStorage w : parameters) {
            w.packed().replaceAll((panels, block) -> {
                if (block.writes() != w.writes()) {
                    table.add(panels.vectors(), panels.sizes(w.offset(), block.offset(), 1));
                }
                return new TornadoStorage.Packed(block.offset(), w.writes());
            });
        }
        table.launch();
    }

    private void pack(TornadoStorage w, Panels panels, int offset) {
        JobTable table = new JobTable(launcher, PACK, TornadoStorage.places(w));
        table.add(panels.vectors(), panels.sizes(w.offset(), offset, 1));
        table.launch();
    }

    /** Frees what was packed of {@code w}. */
    public void drop(TornadoStorage w) {
        w.packed().forEach((panels, block) -> launcher.arena().release(block.offset(), panels.vectors()));
        w.packed().clear();
        parameters.remove(w);
    }
}
