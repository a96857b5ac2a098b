package dev.squall.tresnet.cli;

import java.io.PrintWriter;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Results for programs. */
final class Json {
    private static final JsonMapper MAPPER =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private Json() {}

    /** Prints {@code value}, made of records, lists, maps and numbers, as one JSON text. */
    static void print(PrintWriter out, Object value) {
        out.println(MAPPER.writeValueAsString(value));
    }
}
