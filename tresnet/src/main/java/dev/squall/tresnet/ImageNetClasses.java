package dev.squall.tresnet;

import dev.squall.data.Input;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The names of the 1000 classes of ImageNet (ILSVRC 2012) by label, for published weights, which do not say them. The list is torchvision's;
 * its licence lies beside it.
 */
public final class ImageNetClasses {
    /** Of the list. */
    private static final int MOST_BYTES = 1 << 16;

    /** What ImageNet's directories are called: a number in WordNet, whose order is that of the labels. */
    private static final Pattern DIRECTORY = Pattern.compile("n\\d{8}");

    private static final List<String> NAMES = new String(
                    Input.resource(ImageNetClasses.class, "imagenet-classes.txt")
                            .bytes(MOST_BYTES),
                    StandardCharsets.UTF_8)
            .lines()
            .toList();

    private ImageNetClasses() {}

    /** All names, by label. */
    public static List<String> names() {
        return NAMES;
    }

    /** Whether {@code names} are those of a directory with ImageNet's pictures. */
    public static boolean areDirectories(List<String> names) {
        return names.size() == NAMES.size()
                && names.stream().allMatch(name -> DIRECTORY.matcher(name).matches());
    }
}
