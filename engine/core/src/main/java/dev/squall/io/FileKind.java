package dev.squall.io;

import dev.squall.error.BadInputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/** What a file is by its first bytes, whatever its name says: users hand in what a download left. */
public enum FileKind {
    /** What the caller expects, or something unknown. */
    OTHER("", ""),
    EMPTY("is empty", "the download or the program that made it was broken off; get it again"),
    LFS_POINTER("is a Git LFS pointer, not the file it points to", "get that with 'git lfs pull'"),
    HTML("is an HTML page", "open it to see what the server wanted to say, and download the file itself"),
    PYTORCH("is a PyTorch checkpoint", "convert it to safetensors"),
    ZIP("is a zip archive", "unpack it"),
    GZIP("is packed with gzip", "unpack it"),
    TAR("is a tar archive", "unpack it"),
    TORCH_TAR("is a checkpoint of the PyTorch of 2016, a tar archive", "load and save it with a newer PyTorch"),
    PACKED("is a packed file or an archive (xz, bzip2, zstd, 7z or rar)", "unpack it"),
    ONNX("is an ONNX model", "get the weights it was made of, as safetensors or from PyTorch"),
    GGUF("is a GGUF file", "get the weights it was made of, as safetensors or from PyTorch"),
    TFLITE("is a TensorFlow Lite model", "get the weights it was made of, as safetensors or from PyTorch"),
    PROGRAM("is a program", "the weights of a network are wanted here"),
    PDF("is a PDF document", "the weights of a network are wanted here"),
    HDF5("is an HDF5 file, as Keras writes them", "convert it to safetensors"),
    NUMPY("is a NumPy array", "convert it to safetensors"),
    PICKLE("is a Python pickle, perhaps a PyTorch checkpoint of the old form", "convert it to safetensors"),
    PICTURE("is a picture", "the weights of a network are wanted here"),
    JSON("is JSON text", "the weights of a network are wanted here");

    /** So many bytes decide. */
    static final int BYTES = 512;

    private static final int TAR_MAGIC = 257;

    private final String what;
    private final String advice;

    FileKind(String what, String advice) {
        this.what = what;
        this.advice = advice;
    }

    /** Such as {@code is an HTML page; ...}, to follow a file's name; empty if nothing is known. */
    public String sentence() {
        return what.isEmpty() ? "" : what + "; " + advice;
    }

    /**
     * What {@code file} is.
     *
     * @throws BadInputException if there is no such file, or it cannot be read
     */
    public static FileKind of(Path file) {
        if (!Files.isRegularFile(file)) {
            throw notAFile(file);
        }
        try (InputStream in = Files.newInputStream(file)) {
            return of(in.readNBytes(BYTES));
        } catch (IOException e) {
            throw BadInputException.unreadable(file, e);
        }
    }

    /** What to say of something that is no file: mappings and second readings need one. */
    static BadInputException notAFile(Path file) {
        if (!Files.exists(file)) {
            return BadInputException.missing(file);
        }
        return new BadInputException(
                Files.isDirectory(file)
                        ? file + " is a directory; name a file in it"
                        : file + " is a pipe or a device, where a file was expected; store what comes from it in one");
    }

    /** By the first {@link #BYTES} bytes, or all if there are fewer. */
    static FileKind of(byte[] head) {
        if (head.length == 0) {
            return EMPTY;
        }
        if (isSafeTensors(head)) {
            return OTHER;
        }
        String text = new String(head, StandardCharsets.ISO_8859_1);
        String lower = text.stripLeading().toLowerCase(Locale.ROOT);
        if (text.startsWith("version https://git-lfs")) {
            return LFS_POINTER;
        } else if (lower.startsWith("<!doctype") || lower.startsWith("<html") || lower.startsWith("<?xml")) {
            return HTML;
        } else if (text.startsWith("PK\3\4") || text.startsWith("PK\5\6")) {
            return text.contains("/data.pkl") || text.contains("/version") ? PYTORCH : ZIP;
        } else if (begins(head, 0x1f, 0x8b)) {
            return GZIP;
        } else if (text.length() > TAR_MAGIC && text.startsWith("ustar", TAR_MAGIC)) {
            return text.matches("(?s)(\\./)?(sys_info|pickle|tensors|storages)\0.*") ? TORCH_TAR : TAR;
        } else if (isPacked(head, text)) {
            return PACKED;
        } else if (text.startsWith("GGUF")) {
            return GGUF;
        } else if (text.startsWith("TFL3", Integer.BYTES)) {
            return TFLITE;
        } else if (text.startsWith("%PDF-")) {
            return PDF;
        } else if (begins(head, 0x7f, 'E', 'L', 'F') || text.startsWith("MZ") || text.startsWith("#!/")) {
            return PROGRAM;
        } else if (isOnnx(head)) {
            return ONNX;
        } else if (begins(head, 0x89, 'H', 'D', 'F')) {
            return HDF5;
        } else if (begins(head, 0x93, 'N', 'U', 'M', 'P', 'Y')) {
            return NUMPY;
        } else if (begins(head, 0x89, 'P', 'N', 'G') || begins(head, 0xff, 0xd8, 0xff) || text.startsWith("GIF8")) {
            return PICTURE;
        } else if (head[0] == (byte) 0x80 && head.length > 1 && head[1] >= 2 && head[1] <= 5) {
            return PICKLE;
        } else if (lower.startsWith("{") || lower.startsWith("[")) {
            return JSON;
        }
        return OTHER;
    }

    /** A length below 4 GB, then the brace of the header; the length's first byte may be any, so that this must be asked first. */
    private static boolean isSafeTensors(byte[] head) {
        return head.length > Long.BYTES
                && head[Long.BYTES] == '{'
                && Arrays.equals(head, Integer.BYTES, Long.BYTES, new byte[Integer.BYTES], 0, Integer.BYTES);
    }

    private static boolean isPacked(byte[] head, String text) {
        return begins(head, 0xfd, '7', 'z', 'X', 'Z')
                || text.startsWith("BZh")
                || begins(head, 0x28, 0xb5, 0x2f, 0xfd)
                || text.startsWith("7z\u00bc\u00af")
                || text.startsWith("Rar!");
    }

    /** Its version, a small number, then the name of what wrote it: the first two fields of a ModelProto. */
    private static boolean isOnnx(byte[] head) {
        return head.length > 4 && head[0] == 0x08 && head[1] > 0 && head[1] < 32 && head[2] == 0x12 && head[3] > 0;
    }

    private static boolean begins(byte[] head, int... magic) {
        return head.length >= magic.length
                && Arrays.equals(
                        Arrays.copyOf(head, magic.length),
                        new String(magic, 0, magic.length).getBytes(StandardCharsets.ISO_8859_1));
    }
}
