package dev.squall.backend.reference;

import static dev.squall.backend.reference.ArrayStorage.values;

import dev.squall.backend.Update;
import dev.squall.tensor.Storage;
import java.util.List;

/** {@link Update}, parameter by parameter. */
final class ReferenceUpdate implements Update {
    @Override
    public void sgd(List<Storage> parameters, List<Storage> gradients, List<Storage> buffers, Sgd settings) {
        for (int p = 0; p < parameters.size(); p++) {
            float[] parameter = values(parameters.get(p));
            float[] gradient = values(gradients.get(p));
            for (int i = 0; i < parameter.length; i++) {
                double g = gradient[i] + (double) settings.weightDecay() * parameter[i];
                double step = g;
                if (settings.momentum() != 0) {
                    float[] buffer = values(buffers.get(p));
                    double velocity = settings.first() ? g : (double) settings.momentum() * buffer[i] + g;
                    buffer[i] = (float) velocity;
                    step = settings.nesterov() ? g + settings.momentum() * velocity : velocity;
                }
                parameter[i] = (float) (parameter[i] - settings.learningRate() * step);
            }
        }
    }

    @Override
    public void adam(
            List<Storage> parameters,
            List<Storage> gradients,
            List<Storage> means,
            List<Storage> squares,
            Adam settings) {
        double beta1 = settings.beta1();
        double beta2 = settings.beta2();
        double correction1 = 1 - Math.pow(beta1, settings.step());
        double correction2 = 1 - Math.pow(beta2, settings.step());
        double decay = settings.weightDecay();
        for (int p = 0; p < parameters.size(); p++) {
            float[] parameter = values(parameters.get(p));
            float[] gradient = values(gradients.get(p));
            float[] mean = values(means.get(p));
            float[] square = values(squares.get(p));
            for (int i = 0; i < parameter.length; i++) {
                double value = parameter[i];
                double g = gradient[i];
                if (settings.decoupled()) {
                    value *= 1 - settings.learningRate() * decay;
                } else {
                    g += decay * value;
                }
                double m = beta1 * mean[i] + (1 - beta1) * g;
                double s = beta2 * square[i] + (1 - beta2) * g * g;
                double step = settings.learningRate() / correction1 * m;
                mean[i] = (float) m;
                square[i] = (float) s;
                parameter[i] = (float) (value - step / (Math.sqrt(s / correction2) + settings.epsilon()));
            }
        }
    }

    @Override
    public void interpolate(List<Storage> averages, List<Storage> values, float decay) {
        for (int p = 0; p < averages.size(); p++) {
            float[] average = values(averages.get(p));
            float[] value = values(values.get(p));
            for (int i = 0; i < average.length; i++) {
                average[i] = (float) ((double) decay * average[i] + (1.0 - decay) * value[i]);
            }
        }
    }
}
