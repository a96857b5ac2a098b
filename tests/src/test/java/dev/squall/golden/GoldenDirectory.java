package dev.squall.golden;

import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Golden data: a {@code cases.json} that lists the cases, and the files it names. */
record GoldenDirectory(Path path) {
    private static final String PROPERTY = "golden.dir";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** The directory that the system property {@code golden.dir} names, or else the data beside the tests. */
    static GoldenDirectory configured() {
        String configured = System.getProperty(PROPERTY, "");
        return new GoldenDirectory(configured.isBlank() ? beside("golden") : Path.of(configured));
    }

    /** That directory alone if {@code golden.dir} names one, or else all data beside the tests. */
    static List<GoldenDirectory> all() {
        GoldenDirectory first = configured();
        return System.getProperty(PROPERTY, "").isBlank()
                ? List.of(first, new GoldenDirectory(beside("golden-ops")))
                : List.of(first);
    }

    /** The data beside the tests called {@code directory}. */
    static Path beside(String directory) {
        URL cases = Objects.requireNonNull(GoldenDirectory.class.getResource("/" + directory + "/cases.json"));
        try {
            return Path.of(cases.toURI()).resolveSibling("");
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    /** Parses one of its JSON files. */
    JsonNode json(String file) {
        return JSON.readTree(path.resolve(file));
    }

    /** The listed cases whose operation {@code op} accepts, in their order. */
    List<GoldenCase> cases(Predicate<String> op) {
        if (!Files.isRegularFile(path.resolve("cases.json"))) {
            throw new IllegalArgumentException(PROPERTY + " must name a directory with a cases.json, got " + path);
        }
        List<GoldenCase> cases = new ArrayList<>();
        for (JsonNode json : json("cases.json").required("cases")) {
            GoldenCase listed = new GoldenCase(this, json);
            if (op.test(listed.op())) {
                cases.add(listed);
            }
        }
        return cases;
    }
}
