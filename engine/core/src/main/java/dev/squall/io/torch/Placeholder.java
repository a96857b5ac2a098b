package dev.squall.io.torch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Stands for a Python object of a class that this program does not know: the settings of a training, an optimizer, a whole module, or a command that
 * somebody hid in the file. It remembers what the pickle said of the object, and does nothing.
 */
public final class Placeholder {
    private static final int LONGEST_NAME = 200;

    private final String type;
    private final List<@Nullable Object> arguments;
    private @Nullable Object state;
    private @Nullable Map<Object, @Nullable Object> items;
    private @Nullable List<@Nullable Object> elements;

    Placeholder(String type, List<@Nullable Object> arguments) {
        // What a placeholder makes is named after it, and so on.
        this.type = type.length() <= LONGEST_NAME ? type : type.substring(0, LONGEST_NAME) + "...";
        this.arguments = arguments;
    }

    /** The full name of its class or of the function that would have made it, such as {@code argparse.Namespace}. */
    public String type() {
        return type;
    }

    /** What it would have been called with. */
    public List<@Nullable Object> arguments() {
        return arguments;
    }

    /** Its attributes, usually a map by name; null if the pickle gave none. */
    public @Nullable Object state() {
        return state;
    }

    /** What was put into it as into a dictionary. */
    public Map<Object, @Nullable Object> items() {
        return items == null ? Map.of() : items;
    }

    void setState(@Nullable Object state) {
        this.state = state;
    }

    void put(Object key, @Nullable Object value) {
        if (items == null) {
            items = new LinkedHashMap<>();
        }
        items.put(key, value);
    }

    void add(@Nullable Object element) {
        if (elements == null) {
            elements = new ArrayList<>();
        }
        elements.add(element);
    }

    /** What was appended to it as to a list. */
    public List<@Nullable Object> elements() {
        return elements == null ? List.of() : elements;
    }

    @Override
    public String toString() {
        return "<" + type + ">";
    }
}
