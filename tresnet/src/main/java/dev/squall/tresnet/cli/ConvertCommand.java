package dev.squall.tresnet.cli;

import dev.squall.error.BadInputException;
import dev.squall.error.Plural;
import dev.squall.io.HostTensor;
import dev.squall.io.weights.Shards;
import dev.squall.io.weights.WeightsFile;
import dev.squall.nn.NormKind;
import dev.squall.tresnet.ModelCard;
import dev.squall.tresnet.Naming;
import dev.squall.tresnet.Networks;
import dev.squall.tresnet.StoredNetwork;
import dev.squall.tresnet.Weights;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tresnet convert}: the same weights in another form or under other names. */
@Command(
        name = "convert",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Writes weights in another form, and TResNets under other names or with other norms. What is around the weights in a checkpoint"
                    + " (optimizer, settings) is left out.",
        },
        footer = {
            "",
            "Examples:",
            "  tresnet convert checkpoint.pth weights.safetensors",
            "  tresnet convert --names timm best.safetensors for-timm.pth",
            "  tresnet convert --json checkpoint.pth weights.safetensors",
            "  tresnet convert --norm folded best.safetensors for-inference.safetensors",
            "  tresnet convert --shard-size 100MB xl.pth xl.safetensors",
            "",
            "--norm changes what a network is made of, and not what it answers, but for rounding: an Inplace-ABN scales by |weight| + 1e-5, so"
                    + " its batch norm has that weight; back, a weight below 1e-5 becomes 0, and one below 0 is refused. Trained further, the"
                    + " two differ where a weight was negative, and by the weight decay. folded takes the running statistics into the"
                    + " convolutions for good: such a network answers, but is not trained.",
        })
final class ConvertCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "IN",
            description = "A safetensors file, the index of several, or a PyTorch checkpoint.")
    @SuppressWarnings("NullAway.Init")
    private Path in;

    @Parameters(
            index = "1",
            paramLabel = "OUT",
            description = "The file to write: .safetensors, or .pth, .pt or .bin for PyTorch.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    /** What the option takes. */
    enum Names {
        OFFICIAL,
        TIMM,
        KEEP
    }

    @Option(
            names = "--names",
            paramLabel = "SCHEME",
            defaultValue = "keep",
            description = "official, timm or keep (default: ${DEFAULT-VALUE}).")
    private Names names = Names.KEEP;

    /** What the option takes. */
    enum Norm {
        KEEP(null),
        INPLACE(NormKind.INPLACE),
        BATCHNORM(NormKind.BATCHNORM),
        FOLDED(null);

        private final @Nullable NormKind kind;

        Norm(@Nullable NormKind kind) {
            this.kind = kind;
        }
    }

    @Option(
            names = "--norm",
            paramLabel = "KIND",
            defaultValue = "keep",
            description = "inplace, batchnorm, folded (into the convolutions) or keep (default: ${DEFAULT-VALUE}).")
    private Norm norm = Norm.KEEP;

    @Option(
            names = "--shard-size",
            paramLabel = "SIZE",
            description =
                    "Divide a larger model into files of at most this size, such as 2GB, with an index; only safetensors (default: one file).")
    private @Nullable String shardSize;

    @Option(
            names = "--no-ema",
            description = "Take the weights themselves where the file also holds a moving average of them.")
    private boolean noAverage;

    @Option(names = "--force", description = "Replace OUT if it exists.")
    private boolean force;

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

    /** What was written, for programs. */
    private record Written(String file, String format, int tensors, List<String> notes) {}

    @Override
    public void run() {
        WeightsWriter.Format format = WeightsWriter.formatOf(out);
        if (format == WeightsWriter.Format.ONNX) {
            throw new BadInputException("an ONNX model is more than weights; 'tresnet export' writes one");
        }
        long shardBytes = shardSize == null ? Long.MAX_VALUE : Arguments.bytes("--shard-size", shardSize);
        if (shardSize != null && format != WeightsWriter.Format.SAFETENSORS) {
            throw new BadInputException("--shard-size divides safetensors, which " + out
                    + " is not to be; end its name with .safetensors, or leave the option out");
        }
        OutputFile.requireWritable(out, force);
        WeightsFile weights = WeightsFile.read(in, !noAverage);
        PrintWriter results = spec.commandLine().getOut();
        PrintWriter printer = json ? new PrintWriter(Writer.nullWriter()) : results;
        weights.notes().forEach(note -> printer.println("note: " + note));
        Contents contents = names == Names.KEEP && norm == Norm.KEEP
                ? new Contents(weights.tensors(), weights.metadata())
                : converted(weights, printer);
        boolean sharded = WeightsWriter.bytes(contents.tensors) > shardBytes;
        if (sharded) {
            writeShards(contents, shardBytes, printer);
        } else {
            WeightsWriter.write(out, format, contents.tensors, contents.metadata);
            printer.printf("%s: %s%n", out, Plural.of(contents.tensors.size(), "tensor"));
        }
        if (json) {
            Json.print(
                    results,
                    new Written(
                            (sharded ? Shards.index(out) : out).toString(),
                            format.name().toLowerCase(Locale.ROOT),
                            contents.tensors.size(),
                            weights.notes()));
        }
    }

    private record Contents(Map<String, HostTensor> tensors, Map<String, String> metadata) {}

    private void writeShards(Contents contents, long shardBytes, PrintWriter printer) {
        if (!force && Shards.exist(out, contents.tensors, shardBytes)) {
            throw new BadInputException(Shards.index(out)
                    + " or a file that it would name exists already; replace them with --force, or give another name");
        }
        try {
            Shards.write(out, contents.tensors, contents.metadata, shardBytes);
        } catch (IOException e) {
            throw OutputFile.unwritable(out, e);
        }
        printer.printf(
                Locale.ROOT,
                "%s: %s in %s%n",
                Shards.index(out),
                Plural.of(contents.tensors.size(), "tensor"),
                Plural.of(Shards.files(out, contents.tensors, shardBytes).size(), "file"));
    }

    private Contents converted(WeightsFile weights, PrintWriter printer) {
        StoredNetwork stored = StoredNetwork.of(in, weights, null);
        if (!stored.hasHead()) {
            throw new BadInputException(
                    in + " lacks its classifier, so that only its form can be changed; leave out --names and --norm");
        }
        boolean isTimms = Weights.isTimms(weights.tensors());
        Naming naming = names == Names.TIMM || names == Names.KEEP && isTimms ? Naming.TIMM : Naming.OFFICIAL;
        if (stored.card().folded() && norm.kind != null) {
            throw new BadInputException(
                    "the norms of " + in + " were folded into the convolutions, and cannot be taken out again");
        }
        if (norm == Norm.INPLACE && naming == Naming.TIMM) {
            throw new BadInputException(
                    "under timm's names all norms are batch norms; add --names official for Inplace-ABN");
        }
        Map<String, HostTensor> tensors =
                Weights.converted(stored, passing(isTimms, naming), norm == Norm.FOLDED, naming);
        if (norm == Norm.KEEP && (isUsual(stored.card()) || naming == Naming.TIMM)) {
            return new Contents(tensors, weights.metadata());
        }
        ModelCard card = norm == Norm.FOLDED
                ? stored.card().asFolded()
                : stored.card().withNorm(norm.kind == null ? stored.card().norm() : norm.kind);
        if (card.norm() == NormKind.BATCHNORM
                && norm != Norm.FOLDED
                && !isUsual(card)
                && naming == Naming.OFFICIAL
                && WeightsWriter.formatOf(out) == WeightsWriter.Format.TORCH) {
            printer.println(
                    "note: a PyTorch file does not say which norm it is for, and under official names it is taken"
                            + " for one with Inplace-ABN, whose scales are 1e-5 larger; --names timm says it");
        }
        Map<String, String> metadata = new LinkedHashMap<>(weights.metadata());
        metadata.putAll(card.toMetadata());
        return new Contents(tensors, metadata);
    }

    /** Whether the network has the norm that its name stands for. */
    private static boolean isUsual(ModelCard card) {
        return card.norm() == Networks.preset(card.model()).config().norm();
    }

    /** The norm of the network through which the weights pass: such that what they scale by changes only if that was asked for. */
    private @Nullable NormKind passing(boolean isTimms, Naming naming) {
        if (norm.kind != null) {
            return norm.kind;
        }
        boolean batchNorms = norm == Norm.FOLDED ? isTimms : naming == Naming.TIMM;
        return batchNorms ? NormKind.BATCHNORM : null;
    }
}
