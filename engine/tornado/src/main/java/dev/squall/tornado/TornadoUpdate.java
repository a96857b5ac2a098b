package dev.squall.tornado;

import dev.squall.backend.Update;
import dev.squall.tensor.Storage;
import dev.squall.tornado.device.Device;
import dev.squall.tornado.device.Launcher;
import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.UpdateKernels;
import dev.squall.tornado.layout.TornadoStorage;
import java.util.Arrays;
import java.util.List;

/** Parameter updates: as few launches as the table of chunks allows. */
final class TornadoUpdate implements Update {
    private final Launcher launcher;

    TornadoUpdate(Launcher launcher) {
        this.launcher = launcher;
    }

    @Override
    public void sgd(List<Storage> parameters, List<Storage> gradients, List<Storage> buffers, Sgd s) {
        List<Storage> state = buffers.isEmpty() ? parameters : buffers;
        update(
                UpdateKernels.SGD,
                List.of(parameters, gradients, state),
                s.learningRate(),
                s.momentum(),
                s.weightDecay(),
                s.nesterov() ? s.momentum() : 0f,
                s.first() ? 0f : s.momentum());
    }

    @Override
    public void adam(
            List<Storage> parameters, List<Storage> gradients, List<Storage> means, List<Storage> squares, Adam s) {
        update(
                UpdateKernels.ADAM,
                List.of(parameters, gradients, means, squares),
                s.decoupled() ? 1f - s.learningRate() * s.weightDecay() : 1f,
                s.decoupled() ? 0f : s.weightDecay(),
                (float) s.beta1(),
                (float) (1 - s.beta1()),
                (float) s.beta2(),
                (float) (1 - s.beta2()),
                (float) (s.learningRate() / (1 - Math.pow(s.beta1(), s.step()))),
                (float) (1 / (1 - Math.pow(s.beta2(), s.step()))),
                s.epsilon());
    }

    @Override
    public void interpolate(List<Storage> averages, List<Storage> values, float decay) {
        update(UpdateKernels.INTERPOLATE, List.of(averages, values), decay, 1f - decay);
    }

    /** Cuts the tensors, which run in parallel in {@code lists}, into chunks and launches the kernel whenever the table is full. */
    private void update(Kernel kernel, List<List<Storage>> lists, float... settings) {
        int rowLength = lists.size() + 1;
        int[] table = new int[Device.tableSize() / rowLength * rowLength];
        int used = 0;
        for (int tensor = 0; tensor < lists.getFirst().size(); tensor++) {
            int vectors = TornadoStorage.of(lists.getFirst().get(tensor)).vectors();
            for (int first = 0; first < vectors; first += UpdateKernels.CHUNK) {
                for (List<Storage> list : lists) {
                    table[used++] = TornadoStorage.of(list.get(tensor)).offset() + first;
                }
                table[used++] = Math.min(UpdateKernels.CHUNK, vectors - first);
                if (used == table.length) {
                    launch(kernel, table, used, rowLength, settings);
                    used = 0;
                }
            }
        }
        if (used > 0) {
            launch(kernel, table, used, rowLength, settings);
        }
    }

    private void launch(Kernel kernel, int[] table, int used, int rowLength, float[] settings) {
        launcher.device().table(Arrays.copyOf(table, used));
        int chunks = used / rowLength;
        launcher.launch(kernel, chunks * UpdateKernels.CHUNK, 1, new int[] {chunks}, settings);
    }
}
