package dev.squall.bench.paper;

import static j2html.TagCreator.a;
import static j2html.TagCreator.body;
import static j2html.TagCreator.caption;
import static j2html.TagCreator.div;
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
import static j2html.TagCreator.rawHtml;
import static j2html.TagCreator.section;
import static j2html.TagCreator.small;
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

import dev.squall.bench.paper.Section.Column;
import dev.squall.bench.paper.Section.Grid;
import dev.squall.bench.paper.Section.Picture;
import dev.squall.bench.paper.Section.Source;
import j2html.tags.DomContent;
import j2html.tags.specialized.TdTag;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.IntStream;

/** The report as one HTML file that needs no other: for phones, print, dark mode and screen readers. */
final class HtmlPage {
    private static final String STYLE = "report.css";

    private HtmlPage() {}

    static String of(Report report) {
        return "<!DOCTYPE html>\n"
                + html(
                                head(
                                        meta().withCharset("utf-8"),
                                        meta().withName("viewport").withContent("width=device-width, initial-scale=1"),
                                        title(Report.TITLE),
                                        style(rawHtml(stylesheet()))),
                                body(
                                        header(h1(Report.TITLE), each(report.preface(), text -> p(text))),
                                        nav(ul(each(
                                                        report.sections(),
                                                        part -> li(
                                                                a(part.title()).withHref("#" + part.id())))))
                                                .attr("aria-label", "Contents"),
                                        main(each(report.sections(), HtmlPage::sectionOf))))
                        .withLang("en")
                        .render()
                + "\n";
    }

    private static DomContent sectionOf(Section part) {
        return section(
                        h2(part.title()).withId(part.id() + "-title"),
                        each(part.paragraphs(), text -> p(text)),
                        each(part.grids(), HtmlPage::tableOf),
                        each(part.pictures(), HtmlPage::figureOf))
                .withId(part.id())
                .attr("aria-labelledby", part.id() + "-title");
    }

    /** In a box of its own that scrolls sideways where the screen is narrow. */
    private static DomContent tableOf(Grid grid) {
        return div(table(
                        caption(grid.caption()),
                        thead(tr(each(grid.columns(), HtmlPage::headOf))),
                        tbody(each(
                                grid.rows(),
                                row -> tr(each(
                                        IntStream.range(0, row.size()).boxed().toList(),
                                        c -> c == 0
                                                ? th(row.get(c)).attr("scope", "row")
                                                : cellOf(grid.columns().get(c), row.get(c))))))))
                .withClass("wide")
                .attr("tabindex", "0")
                .attr("role", "region")
                .attr("aria-label", grid.caption());
    }

    private static DomContent headOf(Column column) {
        return th(text(column.title()), small(column.source() == Source.PAPER ? "paper" : ""))
                .attr("scope", "col")
                .withClass(column.source().name().toLowerCase(Locale.ROOT));
    }

    private static TdTag cellOf(Column column, String text) {
        return td(text).withClass(column.source().name().toLowerCase(Locale.ROOT));
    }

    /** As an image of its own, since the names inside of several SVGs in one page would clash. */
    private static DomContent figureOf(Picture picture) {
        String data = Base64.getEncoder().encodeToString(picture.svg().getBytes(StandardCharsets.UTF_8));
        return figure(
                img().withSrc("data:image/svg+xml;base64," + data).withAlt(picture.description()),
                figcaption(picture.caption()));
    }

    private static String stylesheet() {
        try (InputStream in = Objects.requireNonNull(HtmlPage.class.getResourceAsStream(STYLE), STYLE)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
