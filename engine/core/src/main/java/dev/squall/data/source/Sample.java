package dev.squall.data.source;

import dev.squall.data.ByteImageDataset;
import dev.squall.data.Input;

/**
 * The data set that comes with the program: 6,000 training and 1,000 test images of Fashion-MNIST, 600 and 100 of each
 * class. A tool beside its test chose them; the licence (MIT, Zalando SE) lies beside the files.
 */
final class Sample {
    private Sample() {}

    static ByteImageDataset train() {
        return read("sample/train", "train");
    }

    static ByteImageDataset test() {
        return read("sample/test", "t10k");
    }

    private static ByteImageDataset read(String name, String prefix) {
        return IdxFiles.read(
                name,
                Input.resource(Sample.class, "/dev/squall/data/sample/" + prefix + "-images-idx3-ubyte.gz"),
                Input.resource(Sample.class, "/dev/squall/data/sample/" + prefix + "-labels-idx1-ubyte.gz"),
                DataSources.FASHION_CLASSES);
    }
}
