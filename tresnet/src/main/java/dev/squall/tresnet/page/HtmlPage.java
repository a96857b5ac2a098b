package dev.squall.tresnet.page;

import static j2html.TagCreator.a;
import static j2html.TagCreator.body;
import static j2html.TagCreator.caption;
import static j2html.TagCreator.code;
import static j2html.TagCreator.dd;
import static j2html.TagCreator.div;
import static j2html.TagCreator.dl;
import static j2html.TagCreator.dt;
import static j2html.TagCreator.each;
import static j2html.TagCreator.figcaption;
import static j2html.TagCreator.figure;
import static j2html.TagCreator.h1;
import static j2html.TagCreator.h2;
import static j2html.TagCreator.head;
import static j2html.TagCreator.header;
import static j2html.TagCreator.html;
import static j2html.TagCreator.img;
import static j2html.TagCreator.li;
import static j2html.TagCreator.main;
import static j2html.TagCreator.meta;
import static j2html.TagCreator.nav;
import static j2html.TagCreator.p;
import static j2html.TagCreator.pre;
import static j2html.TagCreator.rawHtml;
import static j2html.TagCreator.section;
import static j2html.TagCreator.small;
import static j2html.TagCreator.span;
import static j2html.TagCreator.style;
import static j2html.TagCreator.table;
import static j2html.TagCreator.tbody;
import static j2html.TagCreator.td;
import static j2html.TagCreator.text;
import static j2html.TagCreator.th;
import static j2html.TagCreator.thead;
import static j2html.TagCreator.title;
import static j2html.TagCreator.tr;
import static j2html.TagCreator.ul;

import dev.squall.tresnet.page.Block.Bars;
import dev.squall.tresnet.page.Block.Code;
import dev.squall.tresnet.page.Block.Column;
import dev.squall.tresnet.page.Block.Figures;
import dev.squall.tresnet.page.Block.Gallery;
import dev.squall.tresnet.page.Block.Grid;
import dev.squall.tresnet.page.Block.Item;
import dev.squall.tresnet.page.Block.Matrix;
import dev.squall.tresnet.page.Block.Picture;
import dev.squall.tresnet.page.Block.Pictures;
import j2html.tags.DomContent;
import j2html.tags.specialized.TdTag;
import j2html.tags.specialized.ThTag;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.IntStream;

/** A page as one HTML file that needs no other: for phones, print, dark mode and screen readers. */
public final class HtmlPage {
    private static final String STYLE = "page.css";

    private HtmlPage() {}

    /** With {@code preface} before the contents, a paragraph each. */
    public static String of(String title, List<String> preface, List<Section> sections) {
        return "<!DOCTYPE html>\n"
                + html(
                                head(
                                        meta().withCharset("utf-8"),
                                        meta().withName("viewport").withContent("width=device-width, initial-scale=1"),
                                        title(title),
                                        style(rawHtml(stylesheet()))),
                                body(
                                        header(h1(title), each(preface, text -> p(text))),
                                        nav(ul(each(
                                                        sections,
                                                        part -> li(
                                                                a(part.title()).withHref("#" + part.id())))))
                                                .attr("aria-label", "Contents"),
                                        main(each(sections, HtmlPage::sectionOf))))
                        .withLang("en")
                        .render()
                + "\n";
    }

    private static DomContent sectionOf(Section part) {
        return section(
                        h2(part.title()).withId(part.id() + "-title"),
                        each(part.paragraphs(), text -> p(text)),
                        each(part.blocks(), HtmlPage::blockOf))
                .withId(part.id())
                .attr("aria-labelledby", part.id() + "-title");
    }

    private static DomContent blockOf(Block block) {
        return switch (block) {
            case Grid grid -> wide(grid.caption(), tableOf(grid));
            case Picture picture -> figureOf(picture);
            case Pictures pictures ->
                div(each(pictures.pictures(), HtmlPage::figureOf)).withClass("pictures");
            case Figures figures ->
                dl(each(
                                figures.figures(),
                                one -> div(
                                        dt(one.name()),
                                        dd(one.value()),
                                        dd(one.note()).withClass("note"))))
                        .withClass("figures");
            case Bars bars -> wide(bars.caption(), tableOf(bars));
            case Matrix matrix -> wide(matrix.caption(), tableOf(matrix));
            case Gallery gallery ->
                figure(
                                figcaption(gallery.caption()),
                                ul(each(gallery.items(), HtmlPage::itemOf)).withClass("gallery"))
                        .withClass("images");
            case Code command ->
                figure(figcaption(command.caption()), pre(code(command.text())).attr("tabindex", "0"))
                        .withClass("command");
        };
    }

    /** In a box of its own that scrolls sideways where the screen is narrow. */
    private static DomContent wide(String caption, DomContent table) {
        return div(table)
                .withClass("wide")
                .attr("tabindex", "0")
                .attr("role", "region")
                .attr("aria-label", caption);
    }

    private static DomContent tableOf(Grid grid) {
        return table(
                caption(grid.caption()),
                thead(tr(each(grid.columns(), HtmlPage::headOf))),
                tbody(each(
                        grid.rows(),
                        row -> tr(each(
                                IntStream.range(0, row.size()).boxed().toList(),
                                c -> c == 0
                                        ? rowHead(row.get(c))
                                        : cellOf(grid.columns().get(c), row.get(c)))))));
    }

    private static DomContent headOf(Column column) {
        return th(text(column.title()), small(column.note()))
                .attr("scope", "col")
                .withClass(column.kind().name().toLowerCase(Locale.ROOT));
    }

    private static ThTag rowHead(String name) {
        return th(name).attr("scope", "row");
    }

    private static TdTag cellOf(Column column, String text) {
        return td(text).withClass(column.kind().name().toLowerCase(Locale.ROOT));
    }

    private static DomContent tableOf(Bars bars) {
        return table(
                        caption(bars.caption()),
                        thead(tr(
                                th("").attr("scope", "col").withClass("text"),
                                th(bars.title()).attr("scope", "col").withClass("text"))),
                        tbody(each(
                                bars.bars(),
                                bar -> tr(
                                        rowHead(bar.name()),
                                        td(
                                                span().withClass("bar")
                                                        .withStyle("--share:" + rounded(bar.share()))
                                                        .attr("aria-hidden", "true"),
                                                span(bar.text()))))))
                .withClass("bars");
    }

    /** The larger the share of its row, the stronger the colour of a cell. */
    private static DomContent tableOf(Matrix matrix) {
        List<Integer> indices =
                IntStream.range(0, matrix.names().size()).boxed().toList();
        return table(
                        caption(matrix.caption()),
                        thead(tr(
                                th(matrix.corner()).attr("scope", "col").withClass("corner"),
                                each(
                                        matrix.names(),
                                        name -> th(span(name)).withTitle(name).attr("scope", "col")))),
                        tbody(each(
                                indices,
                                r -> tr(
                                        rowHead(matrix.names().get(r))
                                                .withTitle(matrix.names().get(r)),
                                        each(indices, c -> cellOf(matrix.counts()[r], r, c))))))
                .withClass("matrix");
    }

    private static DomContent cellOf(int[] row, int r, int c) {
        int all = Arrays.stream(row).sum();
        TdTag cell = td(row[c] == 0 ? "" : String.format(Locale.ROOT, "%,d", row[c]));
        return row[c] == 0
                ? cell
                : cell.withClass(r == c ? "right" : "wrong")
                        .withStyle("--share:" + rounded((double) row[c] / Math.max(1, all)));
    }

    private static DomContent itemOf(Item item) {
        String data = Base64.getEncoder().encodeToString(item.png());
        return li(
                img().withSrc("data:image/png;base64," + data).withAlt(item.description()),
                each(item.lines(), line -> span(line)));
    }

    /** As an image of its own, since the names inside of several SVGs in one page would clash. */
    private static DomContent figureOf(Picture picture) {
        String data = Base64.getEncoder().encodeToString(picture.svg().getBytes(StandardCharsets.UTF_8));
        return figure(
                img().withSrc("data:image/svg+xml;base64," + data)
                        .withAlt(picture.description())
                        .withClass("chart"),
                figcaption(picture.caption()));
    }

    private static String rounded(double share) {
        return String.format(Locale.ROOT, "%.3f", share);
    }

    private static String stylesheet() {
        try (InputStream in = Objects.requireNonNull(HtmlPage.class.getResourceAsStream(STYLE), STYLE)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
