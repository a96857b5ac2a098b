package dev.squall.onnx;

import com.google.protobuf.ByteString;
import dev.squall.onnx.schema.Onnx.AttributeProto;
import dev.squall.onnx.schema.Onnx.GraphProto;
import dev.squall.onnx.schema.Onnx.ModelProto;
import dev.squall.onnx.schema.Onnx.NodeProto;
import dev.squall.onnx.schema.Onnx.TensorProto;
import dev.squall.onnx.schema.Onnx.TensorShapeProto;
import dev.squall.onnx.schema.Onnx.ValueInfoProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** An ONNX graph in the making: nodes in the order in which they compute, and constants. */
public final class OnnxGraph {
    /** The version of the file format; 8 is what programs of 2022 and later read. */
    private static final int IR_VERSION = 8;
    /** The version of the operators. */
    private static final int OPSET = 18;

    private final GraphProto.Builder graph = GraphProto.newBuilder();
    private int values;
    private int constants;

    /** An attribute that is a whole number. */
    public static AttributeProto attribute(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    /** An attribute that is a real number. */
    public static AttributeProto attribute(String name, float value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.FLOAT)
                .setF(value)
                .build();
    }

    /** An attribute that is a text. */
    public static AttributeProto attribute(String name, String value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.STRING)
                .setS(ByteString.copyFromUtf8(value))
                .build();
    }

    /** An attribute that is a list of whole numbers. */
    public static AttributeProto attribute(String name, long... values) {
        AttributeProto.Builder attribute =
                AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
        for (long value : values) {
            attribute.addInts(value);
        }
        return attribute.build();
    }

    /** Adds an operation; returns the name of its result. */
    public String node(String operation, List<String> inputs, AttributeProto... attributes) {
        String result = operation.toLowerCase(Locale.ROOT) + "_" + values++;
        graph.addNode(NodeProto.newBuilder()
                .setName(result)
                .setOpType(operation)
                .addAllInput(inputs)
                .addOutput(result)
                .addAllAttribute(List.of(attributes)));
        return result;
    }

    /** Adds a constant of floats; returns its name, which is {@code wish} or begins with it. */
    public String constant(String wish, float[] values, long... shape) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return constant(wish, TensorProto.DataType.FLOAT, bytes, shape);
    }

    /** Adds a list of whole numbers as a constant; returns its name. */
    public String constant(String wish, long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(values);
        return constant(wish, TensorProto.DataType.INT64, bytes, values.length);
    }

    private String constant(String wish, TensorProto.DataType type, ByteBuffer bytes, long... shape) {
        String name = wish + "_" + constants++;
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName(name)
                .setDataType(type.getNumber())
                .setRawData(ByteString.copyFrom(bytes));
        for (long extent : shape) {
            tensor.addDims(extent);
        }
        graph.addInitializer(tensor);
        return name;
    }

    /**
     * The whole model, with one input and one output whose first dimension is free.
     *
     * @param shapeIn of the input for one image, without the first dimension
     * @param shapeOut likewise
     * @param metadata texts for the model's metadata
     */
    public ModelProto model(
            String name, String input, long[] shapeIn, String output, long[] shapeOut, Map<String, String> metadata) {
        String outputName = OnnxExport.OUTPUT;
        graph.addNode(NodeProto.newBuilder()
                .setName(outputName)
                .setOpType("Identity")
                .addInput(output)
                .addOutput(outputName));
        graph.setName(name).addInput(value(input, shapeIn)).addOutput(value(outputName, shapeOut));
        ModelProto.Builder model = ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .setProducerName("Squall")
                .setGraph(graph);
        model.addOpsetImportBuilder().setDomain("").setVersion(OPSET);
        metadata.forEach(
                (key, value) -> model.addMetadataPropsBuilder().setKey(key).setValue(value));
        return model.build();
    }

    private static ValueInfoProto value(String name, long[] shape) {
        TensorShapeProto.Builder extents = TensorShapeProto.newBuilder();
        extents.addDimBuilder().setDimParam(OnnxExport.BATCH);
        for (long extent : shape) {
            extents.addDimBuilder().setDimValue(extent);
        }
        ValueInfoProto.Builder value = ValueInfoProto.newBuilder().setName(name);
        value.getTypeBuilder()
                .getTensorTypeBuilder()
                .setElemType(TensorProto.DataType.FLOAT.getNumber())
                .setShape(extents);
        return value.build();
    }
}
