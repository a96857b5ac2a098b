package dev.squall.tresnet;

import dev.squall.backend.Backend;
import dev.squall.data.Normalize;
import dev.squall.data.image.Interpolation;
import dev.squall.error.BadInputException;
import dev.squall.nn.Module;
import dev.squall.nn.NormKind;
import dev.squall.train.Recipe;
import dev.squall.tresnet.NetworkConfig.Regularisation;
import dev.squall.tresnet.NetworkPreset.Preparation;
import dev.squall.tresnet.TResNetConfig.Downsampling;
import dev.squall.tresnet.TResNetConfig.Stage;
import dev.squall.tresnet.TResNetConfig.Version;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The networks by name. */
public final class Networks {
    /** The network that {@code train} takes unless told otherwise. */
    public static final String DEFAULT = "tresnet_tiny";

    private static final Recipe TINY_RECIPE = Recipe.STANDARD.with(
            Map.of("epochs", "15", "lr", "0.15", "weight-decay", "5e-4", "label-smoothing", "0.1", "ema", "0.99"));
    private static final Recipe LARGE_RECIPE = Recipe.STANDARD.with(Map.of("epochs", "40", "label-smoothing", "0.1"));
    private static final Recipe RESNET_RECIPE =
            Recipe.STANDARD.with(Map.of("epochs", "15", "lr", "0.05", "label-smoothing", "0.1", "ema", "0.99"));
    private static final Recipe MOBILE_RECIPE = Recipe.STANDARD.with(
            Map.of("epochs", "20", "lr", "0.05", "weight-decay", "2e-5", "label-smoothing", "0.1", "ema", "0.99"));

    private static final Map<String, NetworkPreset> PRESETS = byName(
            new NetworkPreset(
                    tiny(),
                    28,
                    "a small TResNet for images of 28x28 to 64x64 pixels",
                    new Preparation(Normalize.identity(1), 1, Interpolation.BILINEAR),
                    TINY_RECIPE),
            published(
                    TResNetConfig.published("tresnet_m", Version.V1, 1.0, 3, 4, 11, 3),
                    "TResNet-M, about as fast as ResNet-50 on a GPU"),
            published(
                    TResNetConfig.published("tresnet_l", Version.V1, 1.2, 4, 5, 18, 3),
                    "TResNet-L, wider and deeper than M"),
            published(TResNetConfig.published("tresnet_xl", Version.V1, 1.3, 4, 5, 24, 3), "TResNet-XL, the largest"),
            published(
                    TResNetConfig.published("tresnet_l_v2", Version.V2, 1.0, 3, 4, 23, 3),
                    "TResNet-L of the second version, with bottlenecks only"),
            published(
                    TResNetConfig.published("tresnet_v2_l", Version.V2, 1.0, 3, 4, 23, 3)
                            .withSlopes(1e-2f, 1e-3f),
                    "the same as timm has it, with the slopes of the first version"),
            resNet(
                    ResNetConfig.resnet50(),
                    Preparation.imagenet(0.95),
                    "ResNet-50, which all others are compared with"),
            resNet(
                    ResNetConfig.resnet50d(),
                    Preparation.imagenet(0.875),
                    "ResNet-50 with a deeper stem and averaged shortcuts"),
            resNet(
                    ResNetConfig.resnext50(),
                    Preparation.imagenet(0.95),
                    "ResNet-50 with 3x3 convolutions of 32 groups"),
            resNet(ResNetConfig.seresnext50(), Preparation.imagenet(0.875), "the same with squeeze-and-excitation"),
            mobile(
                    EfficientNetConfig.efficientnetB1(),
                    240,
                    Preparation.centred(0.9),
                    "EfficientNet-B1: few multiply-adds, in depthwise convolutions"),
            mobile(
                    EfficientNetConfig.mixnetL(),
                    224,
                    Preparation.imagenet(0.875),
                    "MixNet-L: depthwise kernels of several sizes side by side"),
            mobile(
                    EfficientNetConfig.mobilenetV3Large(),
                    224,
                    Preparation.imagenet(0.875),
                    "MobileNetV3-Large: made for small processors"));

    private Networks() {}

    private static TResNetConfig tiny() {
        return new TResNetConfig(
                DEFAULT,
                1,
                10,
                Stem.SPACE_TO_DEPTH,
                2,
                Downsampling.BLUR,
                Version.V1,
                0.25,
                List.of(
                        new Stage(BlockKind.BASIC, 1, true),
                        new Stage(BlockKind.BASIC, 1, true),
                        new Stage(BlockKind.BOTTLENECK, 1, true),
                        new Stage(BlockKind.BOTTLENECK, 1, false)),
                1e-2f,
                1e-3f,
                NormKind.INPLACE,
                Regularisation.NONE);
    }

    private static NetworkPreset published(TResNetConfig config, String description) {
        return new NetworkPreset(config, 224, description, Preparation.plain(3), LARGE_RECIPE);
    }

    private static NetworkPreset resNet(ResNetConfig config, Preparation preparation, String description) {
        return new NetworkPreset(config, 224, description, preparation, RESNET_RECIPE);
    }

    private static NetworkPreset mobile(
            EfficientNetConfig config, int imageSize, Preparation preparation, String description) {
        return new NetworkPreset(config, imageSize, description, preparation, MOBILE_RECIPE);
    }

    private static Map<String, NetworkPreset> byName(NetworkPreset... presets) {
        Map<String, NetworkPreset> byName = new LinkedHashMap<>();
        for (NetworkPreset preset : presets) {
            byName.put(preset.name(), preset);
        }
        return byName;
    }

    /** All names. */
    public static List<String> names() {
        return List.copyOf(PRESETS.keySet());
    }

    /**
     * The preset called {@code name}.
     *
     * @throws BadInputException if there is none; lists the names
     */
    public static NetworkPreset preset(String name) {
        NetworkPreset preset = PRESETS.get(name);
        if (preset == null) {
            throw new BadInputException(
                    "there is no network called '" + name + "'; choose one of " + String.join(", ", PRESETS.keySet()));
        }
        return preset;
    }

    /**
     * What describes the network that belongs to {@code card}.
     *
     * @throws BadInputException if there is none of its name; lists the names
     */
    public static NetworkConfig config(ModelCard card) {
        return preset(card.model())
                .config()
                .withInputChannels(card.image().channels())
                .withClasses(card.classNames().size())
                .withNorm(card.norm());
    }

    /**
     * The network called {@code name} for images of {@code inputChannels} channels and {@code classes} classes, with all parameters zero
     * until it is initialised or a state is loaded.
     *
     * @throws BadInputException if there is none of this name; lists the names
     */
    public static Module create(String name, Backend backend, int inputChannels, int classes) {
        return preset(name)
                .config()
                .withInputChannels(inputChannels)
                .withClasses(classes)
                .build(backend);
    }

    /** The same with another norm than its usual one. */
    public static Module create(String name, Backend backend, int inputChannels, int classes, NormKind norm) {
        return preset(name)
                .config()
                .withInputChannels(inputChannels)
                .withClasses(classes)
                .withNorm(norm)
                .build(backend);
    }
}
