package dev.squall.tresnet;

/** How a network of the ResNet family begins: from images to maps of a quarter of their height and width. */
public enum Stem {
    /** A 7x7 convolution of stride 2, then maxima of 3x3 pixels with stride 2: He et al. (2015). */
    CONV_7X7,
    /** Three 3x3 convolutions, the first of stride 2, then the same maxima: ResNet-D (He et al., "Bag of Tricks", 2019). */
    THREE_CONV_3X3,
    /** Squares of pixels become channels, then a 3x3 convolution: TResNet. */
    SPACE_TO_DEPTH
}
