package dev.squall.tornado;

import dev.squall.backend.Backend;
import dev.squall.tensor.Storage;
import dev.squall.tornado.device.Device;
import dev.squall.tornado.device.Staging;
import dev.squall.tornado.kernel.MemoryKernels;
import dev.squall.tornado.layout.TornadoStorage;

/** Looks at the padding channels of the TornadoVM backend's images, which must stay zero. */
public final class TornadoPadding {
    private TornadoPadding() {}

    /** How many values of the padding channels of {@code tensor} are not zero; 0 for one without. */
    public static int nonZeros(Backend backend, Storage tensor) {
        TornadoStorage storage = TornadoStorage.of(tensor);
        if (!storage.isChannelsLast()) {
            return 0;
        }
        var launcher = ((TornadoVmBackend) backend).launcher();
        Staging staging = launcher.device().staging();
        int count = 0;
        for (int first = 0; first < storage.vectors(); first += Device.stagingVectors()) {
            int vectors = Math.min(Device.stagingVectors(), storage.vectors() - first);
            launcher.launch(MemoryKernels.DOWNLOAD, TornadoStorage.places(tensor), vectors, 1, new int[] {
                vectors, storage.offset() + first
            });
            for (int i = 0; i < vectors * TornadoStorage.LANES; i++) {
                boolean padding = storage.rowMajorIndex(first * TornadoStorage.LANES + i) < 0;
                if (padding && staging.get(i) != 0) {
                    count++;
                }
            }
        }
        return count;
    }
}
