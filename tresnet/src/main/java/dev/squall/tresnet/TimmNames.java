package dev.squall.tresnet;

import java.util.regex.Pattern;

/**
 * How timm 1.x names and stores what the official code and this one call otherwise. A convolution with its norm is {@code .0} and {@code .1}
 * here (once more below {@code .0} if a blur follows), and {@code .conv} and {@code .bn} there; and where Inplace-ABN scales by |weight| + 1e-5,
 * timm stores that scale itself.
 */
final class TimmNames {
    private static final Pattern CONV_AND_NORM =
            Pattern.compile("(\\.conv\\d|\\.downsample\\.\\d)\\.(?:0\\.)?([01])\\.(?=[a-z])");

    private TimmNames() {}

    /** timm's name of the parameter or buffer that is called {@code official} here. */
    static String of(String official) {
        return CONV_AND_NORM
                .matcher(official)
                .replaceAll(match -> match.group(1) + (match.group(2).equals("0") ? ".conv." : ".bn."));
    }

    /** Whether {@code official} is the weight of a norm. */
    static boolean isNormWeight(String official) {
        return isNormWeightThere(of(official));
    }

    /** Whether {@code name} is a name of timm's for what is called otherwise here. */
    static boolean isThere(String name) {
        return isNormWeightThere(name) || name.endsWith(".conv.weight");
    }

    /** Whether {@code timm} is timm's name for the weight of a norm. */
    static boolean isNormWeightThere(String timm) {
        return timm.endsWith(".bn.weight");
    }
}
