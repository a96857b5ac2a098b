package dev.squall.jvm;

import static dev.squall.jvm.runtime.Lanes.BYTES;
import static dev.squall.jvm.runtime.Lanes.broadcast;
import static dev.squall.jvm.runtime.Lanes.load;
import static dev.squall.jvm.runtime.Lanes.store;

import dev.squall.backend.Update;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.layout.Spans;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.tensor.Storage;
import java.util.ArrayList;
import java.util.List;
import jdk.incubator.vector.FloatVector;

/** Updates the pieces of all parameters in one parallel loop. */
final class JvmUpdate implements Update {
    private final Workspace workspace;

    JvmUpdate(Workspace workspace) {
        this.workspace = workspace;
    }

    /** A piece of parameter {@code index} of the lists. */
    private record Piece(int index, long offset, int bytes) {}

    private interface PieceBody {
        void run(int index, long offset, int bytes);
    }

    private void forEachPiece(List<Storage> parameters, int traffic, PieceBody body) {
        List<Piece> pieces = new ArrayList<>();
        long bytes = 0;
        for (int i = 0; i < parameters.size(); i++) {
            Spans spans = Spans.contiguous((long) parameters.get(i).shape().elements() * Float.BYTES);
            for (int j = 0; j < spans.count(); j++) {
                pieces.add(new Piece(i, spans.offset(j), spans.bytes(j)));
                bytes += spans.bytes(j);
            }
        }
        if (pieces.isEmpty()) {
            return;
        }
        workspace.pool().forEachSized(pieces.size(), Math.ceilDiv(bytes, pieces.size()) * traffic, k -> {
            Piece piece = pieces.get(k);
            body.run(piece.index, piece.offset, piece.bytes);
        });
    }

    @Override
    public void sgd(List<Storage> parameters, List<Storage> gradients, List<Storage> buffers, Sgd settings) {
        if (settings.momentum() == 0) {
            forEachPiece(
                    parameters,
                    3,
                    (i, at, bytes) -> sgd(settings, address(parameters, i) + at, address(gradients, i) + at, bytes));
        } else {
            forEachPiece(
                    parameters,
                    5,
                    (i, at, bytes) -> sgdMomentum(
                            settings,
                            address(parameters, i) + at,
                            address(gradients, i) + at,
                            address(buffers, i) + at,
                            bytes));
        }
    }

    private static void sgd(Sgd s, long parameter, long gradient, int bytes) {
        FloatVector decay = broadcast(s.weightDecay());
        FloatVector rate = broadcast(-s.learningRate());
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector p = load(parameter + i);
            FloatVector g = p.fma(decay, load(gradient + i));
            store(parameter + i, g.fma(rate, p));
        }
    }

    private static void sgdMomentum(Sgd s, long parameter, long gradient, long buffer, int bytes) {
        FloatVector decay = broadcast(s.weightDecay());
        FloatVector rate = broadcast(-s.learningRate());
        FloatVector momentum = broadcast(s.momentum());
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector p = load(parameter + i);
            FloatVector g = p.fma(decay, load(gradient + i));
            FloatVector b = s.first() ? g : load(buffer + i).fma(momentum, g);
            store(buffer + i, b);
            store(parameter + i, (s.nesterov() ? b.fma(momentum, g) : b).fma(rate, p));
        }
    }

    @Override
    public void adam(
            List<Storage> parameters,
            List<Storage> gradients,
            List<Storage> means,
            List<Storage> squares,
            Adam settings) {
        forEachPiece(
                parameters,
                7,
                (i, at, bytes) -> adam(
                        settings,
                        address(parameters, i) + at,
                        address(gradients, i) + at,
                        address(means, i) + at,
                        address(squares, i) + at,
                        bytes));
    }

    private static void adam(Adam s, long parameter, long gradient, long mean, long square, int bytes) {
        double correction1 = 1 - Math.pow(s.beta1(), s.step());
        double correction2 = 1 - Math.pow(s.beta2(), s.step());
        FloatVector rate = broadcast((float) (-s.learningRate() / correction1));
        FloatVector root = broadcast((float) (1 / Math.sqrt(correction2)));
        FloatVector epsilon = broadcast(s.epsilon());
        FloatVector decay = broadcast(s.decoupled() ? 0 : s.weightDecay());
        FloatVector keep = broadcast(s.decoupled() ? (float) (1 - (double) s.learningRate() * s.weightDecay()) : 1f);
        FloatVector beta1 = broadcast((float) s.beta1());
        FloatVector beta2 = broadcast((float) s.beta2());
        FloatVector rest1 = broadcast((float) (1 - s.beta1()));
        FloatVector rest2 = broadcast((float) (1 - s.beta2()));
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector p = load(parameter + i);
            FloatVector g = p.fma(decay, load(gradient + i));
            FloatVector m = load(mean + i).fma(beta1, g.mul(rest1));
            FloatVector v = load(square + i).fma(beta2, g.mul(g).mul(rest2));
            store(mean + i, m);
            store(square + i, v);
            FloatVector divisor = v.sqrt().fma(root, epsilon);
            store(parameter + i, m.div(divisor).fma(rate, p.mul(keep)));
        }
    }

    @Override
    public void interpolate(List<Storage> averages, List<Storage> values, float decay) {
        forEachPiece(
                averages,
                3,
                (i, at, bytes) -> interpolate(decay, address(averages, i) + at, address(values, i) + at, bytes));
    }

    private static void interpolate(float decay, long average, long value, int bytes) {
        FloatVector keep = broadcast(decay);
        FloatVector rest = broadcast((float) (1 - (double) decay));
        for (int i = 0; i < bytes; i += BYTES) {
            store(average + i, load(average + i).fma(keep, load(value + i).mul(rest)));
        }
    }

    private static long address(List<Storage> storages, int i) {
        return JvmStorage.of(storages.get(i)).address();
    }
}
