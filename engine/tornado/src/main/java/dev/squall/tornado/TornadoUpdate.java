package dev.squall.tornado;

import dev.squall.backend.Update;
import dev.squall.tensor.Storage;
import dev.squall.tornado.device.JobTable;
import dev.squall.tornado.device.Launcher;
import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.UpdateKernels;
import dev.squall.tornado.layout.TornadoStorage;
import java.util.List;

/** Parameter updates: all tensors in one launch. */
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

    /** Updates the tensors, which run in parallel in {@code lists}. */
    private void update(Kernel kernel, List<List<Storage>> lists, float... settings) {
        int[] row = new int[lists.size() + 1];
        JobTable table = new JobTable(launcher, kernel, Launcher.NO_OPERANDS, settings);
        for (int tensor = 0; tensor < lists.getFirst().size(); tensor++) {
            for (int i = 0; i < lists.size(); i++) {
                row[i] = TornadoStorage.of(lists.get(i).get(tensor)).mainOffset();
            }
            row[lists.size()] = TornadoStorage.of(lists.getFirst().get(tensor)).vectors();
            table.add(row[lists.size()], row.clone());
        }
        table.launch();
    }
}
