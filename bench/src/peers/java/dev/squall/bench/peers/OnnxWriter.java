package dev.squall.bench.peers;

import dev.squall.bench.peers.Weights.Constant;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Writes an ONNX model: a few messages of its protocol buffers, each field as a tag (number and wire type) and a value.
 *
 * @see <a href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">the messages and the numbers of their fields</a>
 * @see <a href="https://protobuf.dev/programming-guides/encoding/">the encoding</a>
 */
final class OnnxWriter {
    private static final int IR_VERSION = 8;
    private static final int OPSET = 17;
    private static final int FLOAT = 1;
    private static final int INT64 = 7;

    private final Message graph = new Message();
    private int nodes;

    /** A message in the making. */
    static final class Message {
        private static final int VARINT = 0;
        private static final int BYTES = 2;
        private static final int FIXED32 = 5;

        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Message integer(int field, long value) {
            varint((long) field << 3 | VARINT);
            varint(value);
            return this;
        }

        Message real(int field, float value) {
            varint((long) field << 3 | FIXED32);
            out.writeBytes(littleEndian(Float.BYTES).putFloat(value).array());
            return this;
        }

        Message bytes(int field, byte[] value) {
            varint((long) field << 3 | BYTES);
            varint(value.length);
            out.writeBytes(value);
            return this;
        }

        Message text(int field, String value) {
            return bytes(field, value.getBytes(StandardCharsets.UTF_8));
        }

        Message message(int field, Message value) {
            return bytes(field, value.out.toByteArray());
        }

        private void varint(long value) {
            long rest = value;
            while ((rest & ~0x7FL) != 0) {
                out.write((int) (rest & 0x7F | 0x80));
                rest >>>= 7;
            }
            out.write((int) rest);
        }

        private static ByteBuffer littleEndian(int bytes) {
            return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    /** An attribute (AttributeProto) that is a whole number. */
    static Message attribute(String name, long value) {
        return new Message().text(1, name).integer(3, value).integer(20, 2);
    }

    /** An attribute that is a real number. */
    static Message attribute(String name, float value) {
        return new Message().text(1, name).real(2, value).integer(20, 1);
    }

    /** An attribute that is a text. */
    static Message attribute(String name, String value) {
        return new Message().text(1, name).text(4, value).integer(20, 3);
    }

    /** An attribute that is a list of whole numbers. */
    static Message attribute(String name, long... values) {
        Message attribute = new Message().text(1, name);
        for (long value : values) {
            attribute.integer(8, value);
        }
        return attribute.integer(20, 7);
    }

    /** Adds an operation (NodeProto); returns the name of its result. */
    String node(String operation, List<String> inputs, Message... attributes) {
        String result = "v" + nodes++;
        Message node = new Message();
        inputs.forEach(input -> node.text(1, input));
        node.text(2, result).text(3, result).text(4, operation);
        for (Message attribute : attributes) {
            node.message(5, attribute);
        }
        graph.message(1, node);
        return result;
    }

    /** Adds a constant (TensorProto) under the given name, which it returns. */
    String constant(String name, Constant constant) {
        ByteBuffer data = Message.littleEndian(constant.values().length * Float.BYTES);
        data.asFloatBuffer().put(constant.values());
        return tensor(name, FLOAT, data, constant.shape());
    }

    /** Adds a list of whole numbers as a constant. */
    String constant(String name, long... values) {
        ByteBuffer data = Message.littleEndian(values.length * Long.BYTES);
        data.asLongBuffer().put(values);
        return tensor(name, INT64, data, values.length);
    }

    private String tensor(String name, int type, ByteBuffer data, long... shape) {
        Message tensor = new Message();
        for (long extent : shape) {
            tensor.integer(1, extent);
        }
        graph.message(5, tensor.integer(2, type).text(8, name).bytes(9, data.array()));
        return name;
    }

    /** Ends the model (ModelProto) with its input and its output. */
    byte[] finish(String input, long[] inputShape, String output, long[] outputShape) {
        graph.text(2, "network").message(11, value(input, inputShape)).message(12, value(output, outputShape));
        Message model = new Message()
                .integer(1, IR_VERSION)
                .message(7, graph)
                .message(8, new Message().text(1, "").integer(2, OPSET));
        return model.out.toByteArray();
    }

    /** ValueInfoProto. */
    private static Message value(String name, long... shape) {
        Message extents = new Message();
        for (long extent : shape) {
            extents.message(1, new Message().integer(1, extent));
        }
        Message tensor = new Message().integer(1, FLOAT).message(2, extents);
        return new Message().text(1, name).message(2, new Message().message(1, tensor));
    }
}
