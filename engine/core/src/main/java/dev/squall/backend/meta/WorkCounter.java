package dev.squall.backend.meta;

import dev.squall.backend.ConvGeometry;
import dev.squall.backend.Convolution;
import dev.squall.backend.Epilogue;
import dev.squall.backend.Matmul;
import dev.squall.backend.Normalisation;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Counts calls of primitives. A dynamic proxy stands for each family, so that a new primitive is counted without a word here; only the
 * multiply-adds of convolutions and matrix products need to know who was called.
 */
final class WorkCounter {
    private long multiplyAdds;
    private long bytesMoved;
    private long primitives;

    Counters counters() {
        return new Counters(multiplyAdds, bytesMoved, primitives);
    }

    void count(long multiplyAdds, long bytes) {
        this.multiplyAdds += multiplyAdds;
        this.bytesMoved += bytes;
        primitives++;
    }

    /** An implementation of {@code family} that only counts. */
    <T> T counting(Class<T> family) {
        InvocationHandler count = (proxy, primitive, operands) -> {
            if (primitive.getDeclaringClass() != family) {
                throw new UnsupportedOperationException("the meta backend has no " + primitive.getName());
            }
            if (primitive.isDefault() && family == Convolution.class) {
                // A convolution that also blurs counts as both; other compositions are one pass where it matters.
                return InvocationHandler.invokeDefault(proxy, primitive, operands);
            }
            long bytes = 0;
            for (Object operand : operands) {
                bytes += bytes(operand);
            }
            count(multiplyAdds(family, primitive.getName(), operands), bytes);
            return null;
        };
        return family.cast(Proxy.newProxyInstance(family.getClassLoader(), new Class<?>[] {family}, count));
    }

    /** The bytes of an operand: of a storage, of all in a list, or of what an epilogue adds; settings have none. */
    private static long bytes(@Nullable Object operand) {
        return switch (operand) {
            case Storage storage -> storage.bytes();
            case List<?> list -> list.stream().mapToLong(WorkCounter::bytes).sum();
            case Epilogue epilogue ->
                bytes(epilogue.bias()) + bytes(epilogue.residual()) + bytes(epilogue.statistics());
            case Epilogue.Statistics statistics ->
                bytes(statistics.mean()) + bytes(statistics.variance()) + bytes(statistics.running());
            case Normalisation.Running running -> 2 * (bytes(running.mean()) + bytes(running.variance()));
            case null, default -> 0;
        };
    }

    private static long multiplyAdds(Class<?> family, String primitive, Object[] operands) {
        if (family == Matmul.class) {
            Shape a = shape(operands[0]);
            boolean transposeA = (boolean) operands[1];
            return (long) shape(operands[4]).elements() * a.dim(transposeA ? -2 : -1);
        }
        if (family == Convolution.class) {
            return switch (primitive) {
                case "forward" -> geometry(operands[2]).multiplyAdds(shape(operands[4]), shape(operands[1]));
                case "backwardInput" -> geometry(operands[2]).multiplyAdds(shape(operands[0]), shape(operands[1]));
                case "backwardWeight" -> geometry(operands[2]).multiplyAdds(shape(operands[1]), shape(operands[3]));
                default -> throw new UnsupportedOperationException("the meta backend cannot count " + primitive);
            };
        }
        return 0;
    }

    private static Shape shape(Object operand) {
        return ((Storage) operand).shape();
    }

    private static ConvGeometry geometry(Object operand) {
        return (ConvGeometry) operand;
    }
}
