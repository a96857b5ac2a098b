package dev.squall.tornado;

import static dev.squall.tornado.layout.TornadoStorage.places;

import dev.squall.backend.BackendOptions;
import dev.squall.backend.Elementwise;
import dev.squall.backend.checked.CheckedBackend;
import dev.squall.backend.checked.Families;
import dev.squall.tensor.HalfFormat;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tornado.device.ArenaAllocator;
import dev.squall.tornado.device.Device;
import dev.squall.tornado.device.Devices;
import dev.squall.tornado.device.Launcher;
import dev.squall.tornado.device.PassedTests;
import dev.squall.tornado.device.Staging;
import dev.squall.tornado.kernel.MemoryKernels;
import dev.squall.tornado.layout.PanelCache;
import dev.squall.tornado.layout.PendingSums;
import dev.squall.tornado.layout.TornadoStorage;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.common.TornadoDevice;

/** The TornadoVM backend; see the package documentation. */
public final class TornadoVmBackend extends CheckedBackend {
    private final Launcher launcher;
    private final @Nullable HalfFormat activations;
    private final PanelCache panels;
    private final PendingSums sums;
    private final Elementwise elementwise;

    /** A backend on the device with index {@code options.device()}, with at most {@code options.memoryBytes()} of memory (0: three quarters of a GPU's, on a CPU 1 GiB). */
    public TornadoVmBackend(BackendOptions options) {
        this(Launcher.open(options), options.precision().activations());
    }

    /** A backend that runs the variants for GPUs, or those for CPUs, whatever the device is. */
    TornadoVmBackend(BackendOptions options, boolean gpu) {
        this(Launcher.open(options, gpu), options.precision().activations());
    }

    private TornadoVmBackend(Launcher launcher, @Nullable HalfFormat activations) {
        this.launcher = launcher;
        this.activations = activations;
        panels = new PanelCache(launcher);
        sums = new PendingSums(launcher);
        elementwise = new TornadoElementwise(launcher);
        TornadoReduction reduction = new TornadoReduction(launcher);
        serve(new Families(
                elementwise,
                reduction,
                new TornadoMovement(launcher),
                new TornadoMatmul(launcher, panels),
                new TornadoConvolution(launcher, panels, sums),
                new TornadoPooling(launcher, reduction),
                new TornadoNormalisation(launcher),
                new TornadoLoss(launcher, reduction),
                new TornadoUpdate(launcher)));
    }

    /**
     * Runs the self-test, unless the device has passed it before; with tensor cores always, since their kernels are others.
     *
     * @throws dev.squall.backend.BackendException if it fails
     */
    void test(PassedTests passed, Consumer<String> progress) {
        TornadoDevice device = launcher.device().description();
        if (launcher.multipliesHalves() || passed.date(device).isEmpty()) {
            progress.accept("testing " + Devices.name(device));
            SelfTest.run(this, launcher.multipliesHalves());
            passed.add(device);
        }
    }

    /** How many launches it has asked for; the device may not have come to the last ones. */
    public long launches() {
        return launcher.device().launches();
    }

    /** What runs its kernels. */
    Launcher launcher() {
        return launcher;
    }

    @Override
    public String name() {
        return "tornado";
    }

    @Override
    public String description() {
        return Devices.name(launcher.device().description()) + " through "
                + launcher.device().description().getTornadoVMBackend();
    }

    @Override
    protected Storage make(Shape shape, Role role) {
        boolean halves = areHalves(shape, role);
        ArenaAllocator.Place place = TornadoStorage.allocate(launcher.arena(), shape, role, halves);
        return new TornadoStorage(this, shape, role, halves, place);
    }

    @Override
    public long bytes(Shape shape, Role role) {
        return TornadoStorage.bytes(shape, role, areHalves(shape, role));
    }

    private boolean areHalves(Shape shape, Role role) {
        return activations != null && TornadoStorage.isHalves(shape, role);
    }

    @Override
    protected void release(Storage storage) {
        TornadoStorage s = TornadoStorage.of(storage);
        panels.drop(s);
        sums.drop(s);
        s.release(launcher.arena());
    }

    @Override
    protected void write(float[] values, Storage destination) {
        TornadoStorage to = TornadoStorage.of(destination);
        launcher.upload(to.place(), to.offset(), to.floats(), i -> {
            int index = to.rowMajorIndex(i);
            return index < 0 ? 0f : values[index];
        });
    }

    @Override
    protected void read(Storage source, float[] values) {
        TornadoStorage from = TornadoStorage.of(source);
        Staging staging = launcher.device().staging();
        for (int first = 0; first < from.vectors(); first += Device.stagingVectors()) {
            int vectors = Math.min(Device.stagingVectors(), from.vectors() - first);
            launcher.launch(
                    MemoryKernels.DOWNLOAD, places(source), vectors, 1, new int[] {vectors, from.offset() + first});
            for (int i = 0; i < vectors * TornadoStorage.LANES; i++) {
                int index = from.rowMajorIndex(first * TornadoStorage.LANES + i);
                if (index >= 0) {
                    values[index] = staging.get(i);
                }
            }
        }
    }

    @Override
    protected void set(Storage destination, float value) {
        TornadoStorage to = TornadoStorage.of(destination);
        if (value == 0f || !to.isChannelsLast() || to.shape().channels() % TornadoStorage.LANES == 0) {
            launcher.launch(
                    MemoryKernels.FILL,
                    places(destination),
                    to.vectors(),
                    1,
                    new int[] {to.vectors(), to.offset()},
                    value);
        } else {
            float[] values = new float[to.shape().elements()];
            Arrays.fill(values, value);
            write(values, to);
        }
    }

    @Override
    protected void add(Storage addend, Storage destination) {
        if (TornadoStorage.of(addend).isChannelsLast()
                == TornadoStorage.of(destination).isChannelsLast()) {
            elementwise.axpby(1f, addend, 1f, destination, destination);
            return;
        }
        Storage copy = allocate(destination.shape(), destination.role());
        elementwise.reshape(addend, copy);
        elementwise.axpby(1f, copy, 1f, destination, destination);
        free(copy);
    }

    @Override
    public @Nullable HalfFormat activationFormat() {
        return activations;
    }

    /** In mixed precision images are halves from the beginning, and nothing else is rounded. Whatever else somebody wants rounded goes through the host. */
    @Override
    protected void roundTo(HalfFormat format, Storage storage) {
        requireFp16(format);
        if (!TornadoStorage.of(storage).isHalves()) {
            float[] values = new float[storage.shape().elements()];
            read(storage, values);
            for (int i = 0; i < values.length; i++) {
                values[i] = format.round(values[i]);
            }
            write(values, storage);
        }
    }

    @Override
    public boolean packs() {
        return false;
    }

    @Override
    protected void packAs(HalfFormat format, Storage storage) {
        throw new UnsupportedOperationException("the tornado backend has nothing to pack");
    }

    @Override
    protected void unpackFrom(HalfFormat format, Storage storage) {
        throw new UnsupportedOperationException("the tornado backend has nothing to unpack");
    }

    private static void requireFp16(HalfFormat format) {
        if (format != HalfFormat.FP16) {
            throw new UnsupportedOperationException(
                    "the tornado backend keeps activations in FP16, not in " + format + "; use the precision mixed");
        }
    }

    @Override
    public long liveBytes() {
        sums.complete();
        return launcher.arena().liveBytes();
    }

    @Override
    public long peakBytes() {
        return launcher.arena().peakBytes();
    }

    @Override
    public void resetPeak() {
        launcher.arena().resetPeak();
    }

    @Override
    protected void shutDown() {
        launcher.close();
    }
}
