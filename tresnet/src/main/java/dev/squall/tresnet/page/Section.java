package dev.squall.tresnet.page;

import java.util.ArrayList;
import java.util.List;

/**
 * A part of a page, independent of how it is written.
 *
 * @param id for links
 * @param title its heading
 * @param paragraphs plain text, before the blocks
 * @param blocks its tables, charts and the like, in order
 */
public record Section(String id, String title, List<String> paragraphs, List<Block> blocks) {
    /** A cell without a value. */
    public static final String NONE = "–";

    /** Of tables and, below them, charts. */
    public Section(
            String id, String title, List<String> paragraphs, List<Block.Grid> grids, List<Block.Picture> pictures) {
        this(id, title, paragraphs, joined(grids, pictures));
    }

    private static List<Block> joined(List<Block.Grid> grids, List<Block.Picture> pictures) {
        List<Block> blocks = new ArrayList<>(grids);
        blocks.addAll(pictures);
        return blocks;
    }

    /** Its tables. */
    public List<Block.Grid> grids() {
        return blocks.stream()
                .filter(Block.Grid.class::isInstance)
                .map(Block.Grid.class::cast)
                .toList();
    }
}
