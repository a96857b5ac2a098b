package dev.squall.tresnet;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** What was read off the official networks: tables of tab-separated values. */
final class Spec {
    private Spec() {}

    /** The published networks. */
    static Stream<String> published() {
        return Stream.of(
                "tresnet_m",
                "tresnet_l",
                "tresnet_xl",
                "tresnet_l_v2",
                "resnet50",
                "resnet50d",
                "resnext50_32x4d",
                "seresnext50_32x4d",
                "efficientnet_b1",
                "mixnet_l",
                "mobilenetv3_large_100");
    }

    /** The rows of a table, without a header that begins with {@code header}. */
    static List<String[]> rows(String table, String header) {
        try (InputStream in = Spec.class.getResourceAsStream("/spec/" + table + ".tsv")) {
            if (in == null) {
                throw new IllegalArgumentException("there is no table " + table);
            }
            return Arrays.stream(new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n"))
                    .map(line -> line.split("\t"))
                    .filter(row -> !row[0].equals(header))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
