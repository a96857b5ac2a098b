package dev.squall.tresnet.cli;

import dev.squall.error.BadInputException;
import dev.squall.io.HostTensor;
import dev.squall.io.SafeTensors;
import dev.squall.io.torch.TorchWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes weights in the form that the name of the file asks for. */
final class WeightsWriter {
    private WeightsWriter() {}

    /** Forms of a file. */
    enum Format {
        SAFETENSORS,
        TORCH,
        ONNX;

        /** As the user types it. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** By the ending of {@code file}: {@code .safetensors}, {@code .pth}, {@code .pt} or {@code .bin}, or {@code .onnx}. */
    static Format formatOf(Path file) {
        Format named = named(file);
        if (named == null) {
            throw new BadInputException(
                    file + " does not say what to write; end it with .safetensors, .pth (PyTorch) or .onnx");
        }
        return named;
    }

    /** The one that was asked for, whatever the file is called, unless it is called after another; if none was, as the file is called. */
    static Format formatOf(Path file, @Nullable Format wanted) {
        if (wanted == null) {
            return formatOf(file);
        }
        Format named = named(file);
        if (named != null && named != wanted) {
            throw new BadInputException(file + " is called as a file of the format " + named + ", not " + wanted
                    + "; give it another name");
        }
        return wanted;
    }

    private static @Nullable Format named(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        if (name.endsWith(".safetensors")) {
            return Format.SAFETENSORS;
        } else if (name.endsWith(".pth") || name.endsWith(".pt") || name.endsWith(".bin")) {
            return Format.TORCH;
        }
        return name.endsWith(".onnx") ? Format.ONNX : null;
    }

    /** Writes tensors; metadata only where the format has it. */
    static void write(Path file, Format format, Map<String, HostTensor> tensors, Map<String, String> metadata) {
        try {
            if (format == Format.TORCH) {
                TorchWriter.write(file, tensors);
            } else {
                SafeTensors.write(file, tensors, metadata);
            }
        } catch (IOException e) {
            throw OutputFile.unwritable(file, e);
        }
    }

    /** Of the tensors in a file, beside its header. */
    static long bytes(Map<String, HostTensor> tensors) {
        return tensors.values().stream()
                .mapToLong(tensor -> (long) tensor.elements() * tensor.type().bytes())
                .sum();
    }
}
