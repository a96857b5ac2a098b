package dev.squall.tresnet.cli;

import dev.squall.error.BadInputException;
import dev.squall.io.AtomicFile;
import dev.squall.io.HostTensor;
import dev.squall.io.SafeTensors;
import dev.squall.io.torch.TorchWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** Writes weights in the form that the name of the file asks for, and never over a file unless told so. */
final class WeightsWriter {
    private WeightsWriter() {}

    /** Forms of a file. */
    enum Format {
        SAFETENSORS,
        TORCH,
        ONNX
    }

    /** By the ending of {@code file}: {@code .safetensors}, {@code .pth}, {@code .pt} or {@code .bin}, or {@code .onnx}. */
    static Format formatOf(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        if (name.endsWith(".safetensors")) {
            return Format.SAFETENSORS;
        } else if (name.endsWith(".pth") || name.endsWith(".pt") || name.endsWith(".bin")) {
            return Format.TORCH;
        } else if (name.endsWith(".onnx")) {
            return Format.ONNX;
        }
        throw new BadInputException(
                file + " does not say what to write; end it with .safetensors, .pth (PyTorch) or .onnx");
    }

    /** Refuses to replace a file that the user did not speak of. */
    static void requireFree(Path file, boolean force) {
        if (Files.exists(file) && !AtomicFile.isStream(file) && !force) {
            throw new BadInputException(file + " exists already; replace it with --force, or give another name");
        }
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
            throw unwritable(file, e);
        }
    }

    /** Of the tensors in a file, beside its header. */
    static long bytes(Map<String, HostTensor> tensors) {
        return tensors.values().stream()
                .mapToLong(tensor -> (long) tensor.elements() * tensor.type().bytes())
                .sum();
    }

    static BadInputException unwritable(Path file, IOException e) {
        return new BadInputException(file + " cannot be written: " + BadInputException.reason(e), e);
    }
}
