package dev.squall.bench.paper;

import java.util.List;

/**
 * What the paper says of a network: "TResNet: High Performance GPU-Dedicated Architecture", tables 1 and 3. All of it was measured on one NVIDIA V100 with 16 GB, in mixed
 * precision, with 90 % of the largest batch that fits, at 224x224 pixels (EfficientNet-B1: 240x240).
 *
 * @param network our name
 * @param title the paper's name
 * @param training images a second
 * @param inference images a second
 * @param top1 percent on ImageNet
 * @param gigaMultiplyAdds 10^9 multiply-adds an image; 0 where the paper does not say
 * @param largestBatch the largest training batch in 16 GB; 0 where the paper does not say
 */
record Published(
        String network,
        String title,
        double training,
        double inference,
        double top1,
        double gigaMultiplyAdds,
        int largestBatch) {
    /** In the paper's order. */
    static final List<Published> TABLE_1 = List.of(
            new Published("resnet50", "ResNet50", 805, 2830, 79.0, 4.1, 288),
            new Published("resnet50d", "ResNet50-D", 600, 2670, 79.3, 4.4, 0),
            new Published("resnext50_32x4d", "ResNeXt50 (32x4d)", 490, 1940, 78.5, 4.3, 0),
            new Published("efficientnet_b1", "EfficientNet-B1", 480, 2740, 79.2, 0.6, 0),
            new Published("seresnext50_32x4d", "SE-ResNeXt50 (32x4d)", 400, 1770, 79.0, 4.3, 0),
            new Published("mixnet_l", "MixNet-L", 400, 1400, 79.0, 0.5, 0),
            new Published("tresnet_m", "TResNet-M", 730, 2930, 80.7, 5.5, 512));

    static final List<Published> TABLE_3 = List.of(
            TABLE_1.getFirst(),
            TABLE_1.getLast(),
            new Published("tresnet_l", "TResNet-L", 345, 1390, 81.4, 0, 316),
            new Published("tresnet_xl", "TResNet-XL", 250, 1060, 82.0, 0, 240));
}
