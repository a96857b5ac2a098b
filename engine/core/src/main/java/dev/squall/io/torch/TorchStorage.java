package dev.squall.io.torch;

import dev.squall.io.ElementType;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A run of elements that tensors are views of; several may share one.
 *
 * @param type of its elements; null if nobody but PyTorch reads such (complex and quantised numbers)
 * @param typeName PyTorch's name of the type
 * @param elements how many
 * @param source where its bytes are
 */
record TorchStorage(@Nullable ElementType type, String typeName, long elements, Source source) {
    private static final Map<String, ElementType> TYPES = Map.ofEntries(
            Map.entry("Float", ElementType.F32),
            Map.entry("Double", ElementType.F64),
            Map.entry("Half", ElementType.F16),
            Map.entry("BFloat16", ElementType.BF16),
            Map.entry("Long", ElementType.I64),
            Map.entry("Int", ElementType.I32),
            Map.entry("Short", ElementType.I16),
            Map.entry("Char", ElementType.I8),
            Map.entry("Byte", ElementType.U8),
            Map.entry("Untyped", ElementType.U8),
            Map.entry("Bool", ElementType.BOOL));

    private static final Map<String, ElementType> DTYPES = Map.ofEntries(
            Map.entry("float32", ElementType.F32),
            Map.entry("float64", ElementType.F64),
            Map.entry("float16", ElementType.F16),
            Map.entry("bfloat16", ElementType.BF16),
            Map.entry("int64", ElementType.I64),
            Map.entry("int32", ElementType.I32),
            Map.entry("int16", ElementType.I16),
            Map.entry("int8", ElementType.I8),
            Map.entry("uint8", ElementType.U8),
            Map.entry("uint16", ElementType.U16),
            Map.entry("uint32", ElementType.U32),
            Map.entry("uint64", ElementType.U64),
            Map.entry("bool", ElementType.BOOL));

    /** Of storages that are only skipped. */
    private static final Map<String, Integer> OTHER_BYTES = Map.of(
            "ComplexFloatStorage", 8,
            "ComplexDoubleStorage", 16,
            "QInt8Storage", 1,
            "QUInt8Storage", 1,
            "QInt32Storage", 4);

    /** Reads the bytes of a storage, all of them, little-endian. */
    interface Source {
        ByteBuffer bytes() throws PickleException;
    }

    /** Of the class that a pickle names, such as {@code torch.FloatStorage}. */
    static TorchStorage of(Global storageClass, long elements, Source source) {
        return new TorchStorage(typeOfClass(storageClass), storageClass.full(), elements, source);
    }

    /** The element type of {@code torch.FloatStorage}; null for one that is not known. */
    static @Nullable ElementType typeOfClass(Global storageClass) {
        return TYPES.get(storageClass.name().replaceAll("Storage$", ""));
    }

    /** Bytes of an element of a class of storages, also of one whose numbers only PyTorch reads; 0 if it is not known. */
    static int bytesOfClass(Global storageClass) {
        ElementType type = typeOfClass(storageClass);
        return type != null ? type.bytes() : OTHER_BYTES.getOrDefault(storageClass.name(), 0);
    }

    /** The element type of {@code torch.float32}; null for one that is not known. */
    static @Nullable ElementType typeOf(Global dtype) {
        return DTYPES.get(dtype.name());
    }

    /** The same bytes as elements of {@code dtype}, for tensors that say their type themselves. */
    TorchStorage as(Global dtype) {
        ElementType other = typeOf(dtype);
        if (type == null || other == null) {
            return new TorchStorage(null, dtype.full(), elements, source);
        }
        return new TorchStorage(other, dtype.full(), elements * type.bytes() / other.bytes(), source);
    }
}
