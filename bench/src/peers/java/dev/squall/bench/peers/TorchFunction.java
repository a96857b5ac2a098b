package dev.squall.bench.peers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.AbstractSymbolBlock;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.ParameterStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A function in TorchScript, which is how DJL reaches everything that PyTorch has: operations in place, reflecting padding, fused
 * convolutions, memory formats. Its arguments and its result are lists of tensors.
 *
 * <p>TorchScript is source text; {@code torch.jit.save} wraps it into a zip file together with a pickled module, here one without state.
 *
 * @see <a href="https://github.com/pytorch/pytorch/blob/v2.7.1/torch/csrc/jit/docs/serialization.md">the format</a>
 */
final class TorchFunction implements AutoCloseable {
    private static final String CLASS = "Function";
    /** {@code Function.__new__(Function)} with the state {@code {"training": False}}. */
    private static final String PICKLED_MODULE =
            "\u0080\u0002c__torch__\n" + CLASS + "\n)\u0081}(X\u0008\u0000\u0000\u0000training\u0089ub.";

    private static final String PICKLED_EMPTY_TUPLE = "\u0080\u0002).";

    private final List<String> parameters;
    private final PtSymbolBlock module;

    private TorchFunction(List<String> parameters, PtSymbolBlock module) {
        this.parameters = parameters;
        this.module = module;
    }

    /**
     * Compiles a function.
     *
     * @param parameters the names of its parameters, each of type {@code List[Tensor]}
     * @param body its statements; returns a {@code List[Tensor]}
     */
    static TorchFunction compile(NDManager manager, List<String> parameters, List<String> body) {
        String signature =
                parameters.stream().map(name -> name + ": List[Tensor]").collect(Collectors.joining(", "));
        StringBuilder source = new StringBuilder("class " + CLASS + "(Module):\n")
                .append("  __parameters__ = []\n  __buffers__ = []\n  training : bool\n")
                .append("  def forward(self: __torch__." + CLASS + ", " + signature + ") -> List[Tensor]:\n");
        body.forEach(line -> source.append("    ").append(line).append('\n'));
        try {
            PtSymbolBlock module = JniUtils.loadModule(
                    (PtNDManager) manager, new ByteArrayInputStream(archive(source.toString())), false, false);
            return new TorchFunction(List.copyOf(parameters), module);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Without gradients: one list of arrays for each parameter. */
    NDList call(NDList... arguments) {
        return call(false, arguments);
    }

    /** Recorded for gradients. */
    NDList callRecorded(NDList... arguments) {
        return call(true, arguments);
    }

    private NDList call(boolean recorded, NDList... arguments) {
        // DJL makes one list of all arrays with the same name that ends with brackets.
        List<NDArray> all = new ArrayList<>();
        for (int i = 0; i < arguments.length; i++) {
            for (NDArray array : arguments[i]) {
                array.setName(parameters.get(i) + "[]");
                all.add(array);
            }
        }
        AbstractSymbolBlock block = module;
        return block.forward(new ParameterStore(all.getFirst().getManager(), false), new NDList(all), recorded);
    }

    @Override
    public void close() {
        module.close();
    }

    private static byte[] archive(String source) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            store(zip, "version", "3\n");
            store(zip, "constants.pkl", PICKLED_EMPTY_TUPLE);
            store(zip, "data.pkl", PICKLED_MODULE);
            store(zip, "code/__torch__.py", source);
        }
        return bytes.toByteArray();
    }

    private static void store(ZipOutputStream zip, String name, String text) throws IOException {
        byte[] content = text.getBytes(StandardCharsets.ISO_8859_1);
        CRC32 checksum = new CRC32();
        checksum.update(content);
        ZipEntry entry = new ZipEntry("function/" + name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(checksum.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }
}
