package dev.squall.bench.paper;

import dev.squall.tresnet.page.Block.Column;
import dev.squall.tresnet.page.Block.Grid;
import dev.squall.tresnet.page.Block.Kind;
import dev.squall.tresnet.page.Section;

/** The report as Markdown, without pictures. */
final class MarkdownPage {
    private MarkdownPage() {}

    static String of(PaperReport report) {
        StringBuilder page = new StringBuilder("# " + PaperReport.TITLE + "\n");
        report.preface().forEach(sentence -> page.append('\n').append(sentence).append('\n'));
        for (Section section : report.sections()) {
            page.append("\n## ").append(section.title()).append('\n');
            section.paragraphs().forEach(text -> page.append('\n').append(text).append('\n'));
            section.grids().forEach(grid -> append(page, grid));
        }
        return page.toString();
    }

    private static void append(StringBuilder page, Grid grid) {
        page.append('\n').append(grid.caption()).append("\n\n|");
        for (Column column : grid.columns()) {
            page.append(' ').append(escaped(column.title())).append(column.kind() == Kind.CITED ? " (paper) |" : " |");
        }
        page.append("\n|").append("---|".repeat(grid.columns().size())).append('\n');
        for (var row : grid.rows()) {
            page.append('|');
            for (int c = 0; c < row.size(); c++) {
                boolean paper = grid.columns().get(c).kind() == Kind.CITED
                        && !row.get(c).equals(Section.NONE);
                String text = escaped(row.get(c));
                page.append(' ').append(paper ? "*" + text + "*" : text).append(" |");
            }
            page.append('\n');
        }
    }

    private static String escaped(String cell) {
        return cell.replace("|", "\\|");
    }
}
