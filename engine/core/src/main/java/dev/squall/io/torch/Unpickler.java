package dev.squall.io.torch;

import dev.squall.error.Excerpt;
import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A machine for Python's pickles of the protocols 0 to 5 that executes nothing. A pickle is a program for a stack machine; where Python's own would import
 * a class and call it, this one asks {@link Builder} to make a value of the name and the arguments, which knows tensors and plain containers and makes everything
 * else a {@link Placeholder}.
 *
 * <p>Values are {@code null}, Boolean, Long, BigInteger, Double, String, {@code byte[]}, List (for lists, tuples and sets), Map, {@link Global}, and what the
 * builder makes. Memory stays below about 200 bytes for each byte of the pickle, because every object takes at least one byte there.
 *
 * @see <a href="https://github.com/python/cpython/blob/main/Lib/pickletools.py">pickletools.py, which documents every opcode</a>
 */
final class Unpickler {
    private static final int HIGHEST_PROTOCOL = 5;
    /** A Python integer of more digits is no property of a network. */
    private static final int LONGEST_INTEGER = 1000;
    /** A class or function of a longer name is none. */
    private static final int LONGEST_GLOBAL = 1000;
    /** Python's None in the memo, which holds no nulls. */
    private static final Object NONE = new Object();

    private final ByteBuffer in;
    private final Builder builder;
    private final Map<Long, Object> memo = new HashMap<>();
    private final Deque<List<@Nullable Object>> marked = new ArrayDeque<>();
    private List<@Nullable Object> stack = new ArrayList<>();

    /** Makes values of what the pickle would have called. */
    interface Builder {
        /** The result of calling {@code callable} with {@code arguments}. */
        @Nullable
        Object call(Object callable, List<@Nullable Object> arguments) throws PickleException;

        /** What a reference to something outside of the pickle stands for. */
        @Nullable
        Object persistent(@Nullable Object id) throws PickleException;
    }

    private Unpickler(ByteBuffer in, Builder builder) {
        this.in = in;
        this.builder = builder;
    }

    /**
     * The value that a pickle stands for.
     *
     * @param in from the position on; afterwards it stands behind the pickle
     * @throws PickleException if the bytes are no whole pickle
     */
    static @Nullable Object load(ByteBuffer in, Builder builder) throws PickleException {
        in.order(ByteOrder.LITTLE_ENDIAN);
        try {
            return new Unpickler(in, builder).run();
        } catch (BufferUnderflowException e) {
            throw new PickleException("its pickle ends in the middle of an instruction", e);
        }
    }

    private @Nullable Object run() throws PickleException {
        while (true) {
            char opcode = (char) (in.get() & 0xFF);
            if (opcode == '.') {
                return pop();
            }
            step(opcode);
        }
    }

    private void step(char opcode) throws PickleException {
        switch (opcode) {
            case '\u0080' -> protocol();
            case '\u0095' -> skipFrame();
            // Constants.
            case 'N' -> push(null);
            case '\u0088' -> push(true);
            case '\u0089' -> push(false);
            case 'J' -> push((long) in.getInt());
            case 'K' -> push((long) (in.get() & 0xFF));
            case 'M' -> push((long) (in.getShort() & 0xFFFF));
            case '\u008a' -> push(integer(in.get() & 0xFF));
            case '\u008b' -> push(integer(in.getInt()));
            case 'G' -> push(Double.longBitsToDouble(Long.reverseBytes(in.getLong())));
            case 'X' -> push(text(unsigned(in.getInt())));
            case '\u008c' -> push(text(in.get() & 0xFF));
            case '\u008d' -> push(text(in.getLong()));
            case 'B', 'T' -> push(bytes(unsigned(in.getInt())));
            case 'C', 'U' -> push(bytes(in.get() & 0xFF));
            case '\u008e', '\u0096' -> push(bytes(in.getLong()));
            // The same as lines of text, from protocol 0.
            case 'I' -> push(integerOfLine(line()));
            case 'L' -> push(integerOfLine(line().replaceAll("L$", "")));
            case 'F' -> push(doubleOfLine(line()));
            case 'S' -> push(quoted(line()));
            case 'V' -> push(line());
            // Containers.
            case '(' -> mark();
            case ')', ']', '\u008f' -> push(new ArrayList<>());
            case '}' -> push(new LinkedHashMap<>());
            case 't', 'l', '\u0091' -> push(popMark());
            case '\u0085' -> push(popLast(1));
            case '\u0086' -> push(popLast(2));
            case '\u0087' -> push(popLast(3));
            case 'd' -> {
                List<@Nullable Object> items = popMark();
                push(new LinkedHashMap<>());
                setItems(items);
            }
            case 'a' -> append(popLast(1));
            case 'e', '\u0090' -> append(popMark());
            case 's' -> setItems(popLast(2));
            case 'u' -> setItems(popMark());
            // The stack and the memo.
            case '0' -> drop();
            case '1' -> popMark();
            case '2' -> push(top());
            case 'p' -> memoise(index(line()));
            case 'q' -> memoise(in.get() & 0xFF);
            case 'r' -> memoise(unsigned(in.getInt()));
            case '\u0094' -> memoise(memo.size());
            case 'g' -> push(remembered(index(line())));
            case 'h' -> push(remembered(in.get() & 0xFF));
            case 'j' -> push(remembered(unsigned(in.getInt())));
            // Names, and what is made with them.
            case 'c' -> push(global(line(), line()));
            case '\u0093' -> {
                List<@Nullable Object> names = popLast(2);
                push(global(string(names.get(0)), string(names.get(1))));
            }
            case 'R', '\u0081' -> {
                List<@Nullable Object> call = popLast(2);
                push(builder.call(callable(call.get(0)), list(call.get(1))));
            }
            case '\u0092' -> {
                List<@Nullable Object> call = popLast(3);
                push(builder.call(callable(call.get(0)), list(call.get(1))));
            }
            case 'i' -> push(builder.call(global(line(), line()), popMark()));
            case 'o' -> {
                List<@Nullable Object> call = popMark();
                if (call.isEmpty()) {
                    throw new PickleException("its pickle makes an object of no class");
                }
                push(builder.call(callable(call.getFirst()), new ArrayList<>(call.subList(1, call.size()))));
            }
            case 'b' -> build();
            case 'P' -> push(builder.persistent(line()));
            case 'Q' -> push(builder.persistent(pop()));
            case '\u0098' -> top();
            default ->
                throw new PickleException(
                        String.format("its pickle has an instruction 0x%02x that cannot be read", (int) opcode));
        }
    }

    private void protocol() throws PickleException {
        int version = in.get() & 0xFF;
        if (version > HIGHEST_PROTOCOL) {
            throw new PickleException(
                    "it is a pickle of protocol " + version + "; protocols up to " + HIGHEST_PROTOCOL + " can be read");
        }
    }

    /** A frame says how many bytes follow in one piece, which only readers of streams want to know. */
    private void skipFrame() {
        in.getLong();
    }

    private static long unsigned(int value) {
        return Integer.toUnsignedLong(value);
    }

    private byte[] bytes(long count) throws PickleException {
        if (count < 0 || count > in.remaining()) {
            throw new PickleException("its pickle ends within a text or a run of bytes");
        }
        byte[] bytes = new byte[(int) count];
        in.get(bytes);
        return bytes;
    }

    private String text(long count) throws PickleException {
        return new String(bytes(count), StandardCharsets.UTF_8);
    }

    /** Little-endian, in two's complement. */
    private Object integer(int count) throws PickleException {
        if (count > LONGEST_INTEGER) {
            throw new PickleException("its pickle has an integer of " + count + " bytes");
        }
        byte[] bytes = bytes(count);
        for (int i = 0; i < bytes.length / 2; i++) {
            byte low = bytes[i];
            bytes[i] = bytes[bytes.length - 1 - i];
            bytes[bytes.length - 1 - i] = low;
        }
        return bytes.length == 0 ? (Object) 0L : shortened(new BigInteger(bytes));
    }

    private static Object shortened(BigInteger value) {
        return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value;
    }

    private String line() {
        int start = in.position();
        int end = start;
        while (in.get() != '\n') {
            end++;
        }
        byte[] bytes = new byte[end - start];
        in.get(start, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static Object integerOfLine(String line) throws PickleException {
        // Protocol 0 writes booleans so.
        if (line.equals("00") || line.equals("01")) {
            return line.equals("01");
        }
        try {
            if (line.length() <= LONGEST_INTEGER) {
                return shortened(new BigInteger(line.strip()));
            }
        } catch (NumberFormatException e) {
            throw new PickleException("its pickle has an integer that is none", e);
        }
        throw new PickleException("its pickle has an integer of " + line.length() + " digits");
    }

    private static double doubleOfLine(String line) throws PickleException {
        try {
            return Double.parseDouble(line.strip());
        } catch (NumberFormatException e) {
            throw new PickleException("its pickle has a number that is none", e);
        }
    }

    /** Between its quotes; escapes, which no name of a tensor has, stay as they are. */
    private static String quoted(String line) {
        return line.length() < 2 ? line : line.substring(1, line.length() - 1);
    }

    private static long index(String line) throws PickleException {
        return integerOfLine(line) instanceof Long value ? value : -1;
    }

    private void push(@Nullable Object value) {
        stack.add(value);
    }

    private @Nullable Object top() throws PickleException {
        if (stack.isEmpty()) {
            throw new PickleException("its pickle takes a value from an empty stack");
        }
        return stack.getLast();
    }

    private @Nullable Object pop() throws PickleException {
        top();
        return stack.removeLast();
    }

    /** Drops the last value or, where there is none, the last mark. */
    private void drop() throws PickleException {
        if (stack.isEmpty() && !marked.isEmpty()) {
            popMark();
        } else {
            pop();
        }
    }

    private void mark() {
        marked.push(stack);
        stack = new ArrayList<>();
    }

    /** All values since the last mark. */
    private List<@Nullable Object> popMark() throws PickleException {
        if (marked.isEmpty()) {
            throw new PickleException("its pickle looks for a mark that it has not set");
        }
        List<@Nullable Object> values = stack;
        stack = marked.pop();
        return values;
    }

    private List<@Nullable Object> popLast(int count) throws PickleException {
        if (stack.size() < count) {
            throw new PickleException("its pickle takes a value from an empty stack");
        }
        List<@Nullable Object> last = stack.subList(stack.size() - count, stack.size());
        List<@Nullable Object> values = new ArrayList<>(last);
        last.clear();
        return values;
    }

    private void memoise(long index) throws PickleException {
        Object value = top();
        memo.put(index, value == null ? NONE : value);
    }

    private @Nullable Object remembered(long index) throws PickleException {
        Object value = memo.get(index);
        if (value == null) {
            throw new PickleException("its pickle refers to a value that it has not made");
        }
        return value == NONE ? null : value;
    }

    @SuppressWarnings("unchecked")
    private void append(List<@Nullable Object> values) throws PickleException {
        switch (top()) {
            case List<?> list when list != values -> ((List<@Nullable Object>) list).addAll(values);
            case Placeholder placeholder -> values.forEach(placeholder::add);
            case null, default -> throw new PickleException("its pickle appends to what is no list");
        }
    }

    /** Keys and values in turns, into the dictionary on the stack. */
    @SuppressWarnings("unchecked")
    private void setItems(List<@Nullable Object> items) throws PickleException {
        if (items.size() % 2 != 0) {
            throw new PickleException("its pickle has a key without a value");
        }
        Object target = top();
        for (int i = 0; i < items.size(); i += 2) {
            Object key = key(items.get(i));
            switch (target) {
                case Map<?, ?> map -> ((Map<Object, @Nullable Object>) map).put(key, items.get(i + 1));
                case Placeholder placeholder -> placeholder.put(key, items.get(i + 1));
                case null, default -> throw new PickleException("its pickle sets an item of what is no dictionary");
            }
        }
    }

    /** Simple keys as they are; of others only the identity counts, since a list that holds itself has no hash code. */
    private static Object key(@Nullable Object key) {
        boolean simple = key instanceof String || key instanceof Number || key instanceof Boolean;
        return key != null && simple ? key : new Placeholder("key", List.of());
    }

    /** Gives an object its attributes; those of a plain dictionary, such as PyTorch's version numbers, do not matter. */
    private void build() throws PickleException {
        Object state = pop();
        if (top() instanceof Placeholder placeholder) {
            placeholder.setState(state);
        }
    }

    /** With names that are short, since each call of it writes them anew. */
    private static Global global(String module, String name) throws PickleException {
        if (module.length() > LONGEST_GLOBAL || name.length() > LONGEST_GLOBAL) {
            throw new PickleException("its pickle names a class by " + Math.max(module.length(), name.length())
                    + " letters: " + Excerpt.of(module + "." + name));
        }
        return new Global(module, name);
    }

    private static Object callable(@Nullable Object value) throws PickleException {
        if (value instanceof Global || value instanceof Placeholder) {
            return value;
        }
        throw new PickleException("its pickle calls what is no class or function");
    }

    @SuppressWarnings("unchecked")
    private static List<@Nullable Object> list(@Nullable Object value) throws PickleException {
        if (value instanceof List<?> list) {
            return (List<@Nullable Object>) list;
        }
        throw new PickleException("its pickle calls something with what is no tuple of arguments");
    }

    private static String string(@Nullable Object value) throws PickleException {
        if (value instanceof String text) {
            return text;
        }
        throw new PickleException("its pickle names a class by what is no text");
    }
}
