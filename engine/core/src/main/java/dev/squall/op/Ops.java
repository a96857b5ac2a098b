package dev.squall.op;

import dev.squall.backend.Activation;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.PoolGeometry;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All operations that make a new tensor, for {@code import static dev.squall.op.Ops.*}: {@code relu(add(matmul(x, w), b))}. Each is explained in the class that it is
 * of.
 */
public final class Ops {
    private Ops() {}

    /** See {@link Abs#abs(Tensor)}. */
    public static Tensor abs(Tensor x) {
        return Abs.abs(x);
    }
    /** See {@link AdaptiveAveragePool#adaptiveAveragePool(Tensor, int, int)}. */
    public static Tensor adaptiveAveragePool(Tensor x, int height, int width) {
        return AdaptiveAveragePool.adaptiveAveragePool(x, height, width);
    }
    /** See {@link Add#add(Tensor, Tensor)}. */
    public static Tensor add(Tensor x, Tensor y) {
        return Add.add(x, y);
    }
    /** See {@link Add#add(Tensor, float)}. */
    public static Tensor add(Tensor x, float y) {
        return Add.add(x, y);
    }
    /** See {@link AddChannels#addChannels(Tensor, Tensor)}. */
    public static Tensor addChannels(Tensor x, Tensor s) {
        return AddChannels.addChannels(x, s);
    }
    /** See {@link AddRelu#addRelu(Tensor, Tensor)}. */
    public static Tensor addRelu(Tensor x, Tensor y) {
        return AddRelu.addRelu(x, y);
    }
    /** See {@link ArgMax#argMax(Tensor, int, boolean)}. */
    public static Tensor argMax(Tensor x, int dimension, boolean keepDimension) {
        return ArgMax.argMax(x, dimension, keepDimension);
    }
    /** See {@link ArgMax#argMin(Tensor, int, boolean)}. */
    public static Tensor argMin(Tensor x, int dimension, boolean keepDimension) {
        return ArgMax.argMin(x, dimension, keepDimension);
    }
    /** See {@link AveragePool#averagePool(Tensor, PoolGeometry)}. */
    public static Tensor averagePool(Tensor x, PoolGeometry geometry) {
        return AveragePool.averagePool(x, geometry);
    }
    /** See {@link BatchNorm#batchNorm(Tensor, Tensor, Tensor, RunningStatistics, float, boolean)}. */
    public static Tensor batchNorm(
            Tensor x, Tensor weight, Tensor bias, RunningStatistics running, float epsilon, boolean training) {
        return BatchNorm.batchNorm(x, weight, bias, running, epsilon, training);
    }
    /** See {@link BinaryCrossEntropy#binaryCrossEntropy(Tensor, Tensor)}. */
    public static Tensor binaryCrossEntropy(Tensor x, Tensor target) {
        return BinaryCrossEntropy.binaryCrossEntropy(x, target);
    }
    /** See {@link BinaryCrossEntropy#eachBinaryCrossEntropy(Tensor, Tensor, Tensor)}. */
    public static Tensor eachBinaryCrossEntropy(Tensor x, Tensor target, @Nullable Tensor positiveWeight) {
        return BinaryCrossEntropy.eachBinaryCrossEntropy(x, target, positiveWeight);
    }
    /** See {@link BlurPool#blurPool(Tensor)}. */
    public static Tensor blurPool(Tensor x) {
        return BlurPool.blurPool(x);
    }
    /** See {@link Clamp#clamp(Tensor, float, float)}. */
    public static Tensor clamp(Tensor x, float low, float high) {
        return Clamp.clamp(x, low, high);
    }
    /** See {@link Compare#equal(Tensor, Tensor)}. */
    public static Tensor equal(Tensor x, Tensor y) {
        return Compare.equal(x, y);
    }
    /** See {@link Compare#equal(Tensor, float)}. */
    public static Tensor equal(Tensor x, float y) {
        return Compare.equal(x, y);
    }
    /** See {@link Compare#notEqual(Tensor, Tensor)}. */
    public static Tensor notEqual(Tensor x, Tensor y) {
        return Compare.notEqual(x, y);
    }
    /** See {@link Compare#notEqual(Tensor, float)}. */
    public static Tensor notEqual(Tensor x, float y) {
        return Compare.notEqual(x, y);
    }
    /** See {@link Compare#less(Tensor, Tensor)}. */
    public static Tensor less(Tensor x, Tensor y) {
        return Compare.less(x, y);
    }
    /** See {@link Compare#less(Tensor, float)}. */
    public static Tensor less(Tensor x, float y) {
        return Compare.less(x, y);
    }
    /** See {@link Compare#lessEqual(Tensor, Tensor)}. */
    public static Tensor lessEqual(Tensor x, Tensor y) {
        return Compare.lessEqual(x, y);
    }
    /** See {@link Compare#lessEqual(Tensor, float)}. */
    public static Tensor lessEqual(Tensor x, float y) {
        return Compare.lessEqual(x, y);
    }
    /** See {@link Compare#greater(Tensor, Tensor)}. */
    public static Tensor greater(Tensor x, Tensor y) {
        return Compare.greater(x, y);
    }
    /** See {@link Compare#greater(Tensor, float)}. */
    public static Tensor greater(Tensor x, float y) {
        return Compare.greater(x, y);
    }
    /** See {@link Compare#greaterEqual(Tensor, Tensor)}. */
    public static Tensor greaterEqual(Tensor x, Tensor y) {
        return Compare.greaterEqual(x, y);
    }
    /** See {@link Compare#greaterEqual(Tensor, float)}. */
    public static Tensor greaterEqual(Tensor x, float y) {
        return Compare.greaterEqual(x, y);
    }
    /** See {@link Concat#concat(List)}. */
    public static Tensor concat(List<Tensor> inputs) {
        return Concat.concat(inputs);
    }
    /** See {@link Concat#concat(List, int)}. */
    public static Tensor concat(List<Tensor> inputs, int dimension) {
        return Concat.concat(inputs, dimension);
    }
    /** See {@link Conv2d#conv2d(Tensor, Tensor, Tensor, ConvGeometry)}. */
    public static Tensor conv2d(Tensor x, Tensor w, @Nullable Tensor bias, ConvGeometry geometry) {
        return Conv2d.conv2d(x, w, bias, geometry);
    }
    /** See {@link Conv2d#conv2dActivated(Tensor, Tensor, Tensor, ConvGeometry, Activation)}. */
    public static Tensor conv2dActivated(
            Tensor x, Tensor w, @Nullable Tensor bias, ConvGeometry geometry, Activation activation) {
        return Conv2d.conv2dActivated(x, w, bias, geometry, activation);
    }
    /** See {@link ConvTranspose2d#convTranspose2d(Tensor, Tensor, Tensor, ConvGeometry, int, int)}. */
    public static Tensor convTranspose2d(
            Tensor x, Tensor w, @Nullable Tensor bias, ConvGeometry geometry, int extraHeight, int extraWidth) {
        return ConvTranspose2d.convTranspose2d(x, w, bias, geometry, extraHeight, extraWidth);
    }
    /** See {@link CrossEntropy#crossEntropy(Tensor, int[], float)}. */
    public static Tensor crossEntropy(Tensor x, int[] labels, float smoothing) {
        return CrossEntropy.crossEntropy(x, labels, smoothing);
    }
    /** See {@link CrossEntropy#crossEntropy(Tensor, Tensor)}. */
    public static Tensor crossEntropy(Tensor x, Tensor targets) {
        return CrossEntropy.crossEntropy(x, targets);
    }
    /** See {@link Divide#divide(Tensor, Tensor)}. */
    public static Tensor divide(Tensor x, Tensor y) {
        return Divide.divide(x, y);
    }
    /** See {@link Divide#divide(Tensor, float)}. */
    public static Tensor divide(Tensor x, float y) {
        return Divide.divide(x, y);
    }
    /** See {@link Divide#divide(float, Tensor)}. */
    public static Tensor divide(float x, Tensor y) {
        return Divide.divide(x, y);
    }
    /** See {@link Dropout#dropout(Tensor, float, long, boolean)}. */
    public static Tensor dropout(Tensor x, float p, long seed, boolean training) {
        return Dropout.dropout(x, p, seed, training);
    }
    /** See {@link Embedding#embedding(Tensor, int[], Shape)}. */
    public static Tensor embedding(Tensor w, int[] ids, Shape shape) {
        return Embedding.embedding(w, ids, shape);
    }
    /** See {@link Embedding#embedding(Tensor, int[], Shape, int)}. */
    public static Tensor embedding(Tensor w, int[] ids, Shape shape, int padding) {
        return Embedding.embedding(w, ids, shape, padding);
    }
    /** See {@link ExciteAddRelu#exciteAddRelu(Tensor, Tensor, Tensor)}. */
    public static Tensor exciteAddRelu(Tensor x, Tensor s, Tensor y) {
        return ExciteAddRelu.exciteAddRelu(x, s, y);
    }
    /** See {@link Exp#exp(Tensor)}. */
    public static Tensor exp(Tensor x) {
        return Exp.exp(x);
    }
    /** See {@link Expand#expand(Tensor, Shape)}. */
    public static Tensor expand(Tensor x, Shape shape) {
        return Expand.expand(x, shape);
    }
    /** See {@link Flip#flip(Tensor, int...)}. */
    public static Tensor flip(Tensor x, int... dimensions) {
        return Flip.flip(x, dimensions);
    }
    /** See {@link Gather#indexSelect(Tensor, int, int...)}. */
    public static Tensor indexSelect(Tensor x, int dimension, int... indices) {
        return Gather.indexSelect(x, dimension, indices);
    }
    /** See {@link Gather#gather(Tensor, int, Tensor)}. */
    public static Tensor gather(Tensor x, int dimension, Tensor index) {
        return Gather.gather(x, dimension, index);
    }
    /** See {@link Gelu#gelu(Tensor)}. */
    public static Tensor gelu(Tensor x) {
        return Gelu.gelu(x);
    }
    /** See {@link Gelu#geluTanh(Tensor)}. */
    public static Tensor geluTanh(Tensor x) {
        return Gelu.geluTanh(x);
    }
    /** See {@link GlobalAveragePool#globalAveragePool(Tensor)}. */
    public static Tensor globalAveragePool(Tensor x) {
        return GlobalAveragePool.globalAveragePool(x);
    }
    /** See {@link GlobalAveragePool#globalAveragePoolKeepDims(Tensor)}. */
    public static Tensor globalAveragePoolKeepDims(Tensor x) {
        return GlobalAveragePool.globalAveragePoolKeepDims(x);
    }
    /** See {@link HardSigmoid#hardSigmoid(Tensor)}. */
    public static Tensor hardSigmoid(Tensor x) {
        return HardSigmoid.hardSigmoid(x);
    }
    /** See {@link HardSwish#hardSwish(Tensor)}. */
    public static Tensor hardSwish(Tensor x) {
        return HardSwish.hardSwish(x);
    }
    /** See {@link InplaceAbn#inplaceAbn(Tensor, Tensor, Tensor, RunningStatistics, float, Activation, boolean)}. */
    public static Tensor inplaceAbn(
            Tensor x,
            Tensor weight,
            Tensor bias,
            RunningStatistics running,
            float epsilon,
            Activation activation,
            boolean training) {
        return InplaceAbn.inplaceAbn(x, weight, bias, running, epsilon, activation, training);
    }
    /** See {@link LayerNorm#layerNorm(Tensor, Shape, Tensor, Tensor, float)}. */
    public static Tensor layerNorm(
            Tensor x, Shape normalised, @Nullable Tensor weight, @Nullable Tensor bias, float epsilon) {
        return LayerNorm.layerNorm(x, normalised, weight, bias, epsilon);
    }
    /** See {@link LeakyRelu#leakyRelu(Tensor, float)}. */
    public static Tensor leakyRelu(Tensor x, float slope) {
        return LeakyRelu.leakyRelu(x, slope);
    }
    /** See {@link Linear#linear(Tensor, Tensor, Tensor)}. */
    public static Tensor linear(Tensor x, Tensor w, @Nullable Tensor bias) {
        return Linear.linear(x, w, bias);
    }
    /** See {@link Log#log(Tensor)}. */
    public static Tensor log(Tensor x) {
        return Log.log(x);
    }
    /** See {@link LogSoftmax#logSoftmax(Tensor, int)}. */
    public static Tensor logSoftmax(Tensor x, int dimension) {
        return LogSoftmax.logSoftmax(x, dimension);
    }
    /** See {@link LogSumExp#logSumExp(Tensor, boolean, int...)}. */
    public static Tensor logSumExp(Tensor x, boolean keepDimensions, int... dimensions) {
        return LogSumExp.logSumExp(x, keepDimensions, dimensions);
    }
    /** See {@link Matmul#matmul(Tensor, Tensor)}. */
    public static Tensor matmul(Tensor a, Tensor b) {
        return Matmul.matmul(a, b);
    }
    /** See {@link Matmul#matmul(Tensor, boolean, Tensor, boolean)}. */
    public static Tensor matmul(Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
        return Matmul.matmul(a, transposeA, b, transposeB);
    }
    /** See {@link Matmul#batchedMatmul(Tensor, boolean, Tensor, boolean)}. */
    public static Tensor batchedMatmul(Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
        return Matmul.batchedMatmul(a, transposeA, b, transposeB);
    }
    /** See {@link Max#max(Tensor)}. */
    public static Tensor max(Tensor x) {
        return Max.max(x);
    }
    /** See {@link Max#max(Tensor, boolean, int...)}. */
    public static Tensor max(Tensor x, boolean keepDimensions, int... dimensions) {
        return Max.max(x, keepDimensions, dimensions);
    }
    /** See {@link MaxPool#maxPool(Tensor, PoolGeometry)}. */
    public static Tensor maxPool(Tensor x, PoolGeometry geometry) {
        return MaxPool.maxPool(x, geometry);
    }
    /** See {@link Maximum#maximum(Tensor, Tensor)}. */
    public static Tensor maximum(Tensor x, Tensor y) {
        return Maximum.maximum(x, y);
    }
    /** See {@link Mean#mean(Tensor)}. */
    public static Tensor mean(Tensor x) {
        return Mean.mean(x);
    }
    /** See {@link Mean#mean(Tensor, boolean, int...)}. */
    public static Tensor mean(Tensor x, boolean keepDimensions, int... dimensions) {
        return Mean.mean(x, keepDimensions, dimensions);
    }
    /** See {@link MeanSquaredError#meanSquaredError(Tensor, Tensor)}. */
    public static Tensor meanSquaredError(Tensor x, Tensor target) {
        return MeanSquaredError.meanSquaredError(x, target);
    }
    /** See {@link Min#min(Tensor)}. */
    public static Tensor min(Tensor x) {
        return Min.min(x);
    }
    /** See {@link Min#min(Tensor, boolean, int...)}. */
    public static Tensor min(Tensor x, boolean keepDimensions, int... dimensions) {
        return Min.min(x, keepDimensions, dimensions);
    }
    /** See {@link Minimum#minimum(Tensor, Tensor)}. */
    public static Tensor minimum(Tensor x, Tensor y) {
        return Minimum.minimum(x, y);
    }
    /** See {@link Multiply#multiply(Tensor, Tensor)}. */
    public static Tensor multiply(Tensor x, Tensor y) {
        return Multiply.multiply(x, y);
    }
    /** See {@link Multiply#multiply(Tensor, float)}. */
    public static Tensor multiply(Tensor x, float y) {
        return Multiply.multiply(x, y);
    }
    /** See {@link MultiplyChannels#multiplyChannels(Tensor, Tensor)}. */
    public static Tensor multiplyChannels(Tensor x, Tensor s) {
        return MultiplyChannels.multiplyChannels(x, s);
    }
    /** See {@link Negate#negate(Tensor)}. */
    public static Tensor negate(Tensor x) {
        return Negate.negate(x);
    }
    /** See {@link Pad#pad(Tensor, int[], int[], float)}. */
    public static Tensor pad(Tensor x, int[] before, int[] after, float value) {
        return Pad.pad(x, before, after, value);
    }
    /** See {@link Pad#pad(Tensor, int[], int[], Pad.Mode)}. */
    public static Tensor pad(Tensor x, int[] before, int[] after, Pad.Mode mode) {
        return Pad.pad(x, before, after, mode);
    }
    /** See {@link Permute#permute(Tensor, int...)}. */
    public static Tensor permute(Tensor x, int... order) {
        return Permute.permute(x, order);
    }
    /** See {@link Permute#transpose(Tensor, int, int)}. */
    public static Tensor transpose(Tensor x, int first, int second) {
        return Permute.transpose(x, first, second);
    }
    /** See {@link Pow#pow(Tensor, float)}. */
    public static Tensor pow(Tensor x, float exponent) {
        return Pow.pow(x, exponent);
    }
    /** See {@link Pow#pow(Tensor, Tensor)}. */
    public static Tensor pow(Tensor x, Tensor y) {
        return Pow.pow(x, y);
    }
    /** See {@link Relu#relu(Tensor)}. */
    public static Tensor relu(Tensor x) {
        return Relu.relu(x);
    }
    /** See {@link Relu6#relu6(Tensor)}. */
    public static Tensor relu6(Tensor x) {
        return Relu6.relu6(x);
    }
    /** See {@link Reshape#reshape(Tensor, Shape)}. */
    public static Tensor reshape(Tensor x, Shape shape) {
        return Reshape.reshape(x, shape);
    }
    /** See {@link Reshape#flatten(Tensor)}. */
    public static Tensor flatten(Tensor x) {
        return Reshape.flatten(x);
    }
    /** See {@link Scale#scale(float, Tensor)}. */
    public static Tensor scale(float alpha, Tensor x) {
        return Scale.scale(alpha, x);
    }
    /** See {@link Sigmoid#sigmoid(Tensor)}. */
    public static Tensor sigmoid(Tensor x) {
        return Sigmoid.sigmoid(x);
    }
    /** See {@link Silu#silu(Tensor)}. */
    public static Tensor silu(Tensor x) {
        return Silu.silu(x);
    }
    /** See {@link Slice#slice(Tensor, int, int, int, int)}. */
    public static Tensor slice(Tensor x, int dimension, int start, int end, int step) {
        return Slice.slice(x, dimension, start, end, step);
    }
    /** See {@link Slice#slice(Tensor, int, int, int)}. */
    public static Tensor slice(Tensor x, int dimension, int start, int end) {
        return Slice.slice(x, dimension, start, end);
    }
    /** See {@link Slice#select(Tensor, int, int)}. */
    public static Tensor select(Tensor x, int dimension, int index) {
        return Slice.select(x, dimension, index);
    }
    /** See {@link SliceChannels#sliceChannels(Tensor, int, int)}. */
    public static Tensor sliceChannels(Tensor x, int from, int count) {
        return SliceChannels.sliceChannels(x, from, count);
    }
    /** See {@link Softmax#softmax(Tensor)}. */
    public static Tensor softmax(Tensor x) {
        return Softmax.softmax(x);
    }
    /** See {@link Softmax#softmax(Tensor, int)}. */
    public static Tensor softmax(Tensor x, int dimension) {
        return Softmax.softmax(x, dimension);
    }
    /** See {@link Softplus#softplus(Tensor)}. */
    public static Tensor softplus(Tensor x) {
        return Softplus.softplus(x);
    }
    /** See {@link SpaceToDepth#spaceToDepth(Tensor, int)}. */
    public static Tensor spaceToDepth(Tensor x, int block) {
        return SpaceToDepth.spaceToDepth(x, block);
    }
    /** See {@link Sqrt#sqrt(Tensor)}. */
    public static Tensor sqrt(Tensor x) {
        return Sqrt.sqrt(x);
    }
    /** See {@link Stack#stack(List, int)}. */
    public static Tensor stack(List<Tensor> inputs, int dimension) {
        return Stack.stack(inputs, dimension);
    }
    /** See {@link Subtract#subtract(Tensor, Tensor)}. */
    public static Tensor subtract(Tensor x, Tensor y) {
        return Subtract.subtract(x, y);
    }
    /** See {@link Subtract#subtract(Tensor, float)}. */
    public static Tensor subtract(Tensor x, float y) {
        return Subtract.subtract(x, y);
    }
    /** See {@link Subtract#subtract(float, Tensor)}. */
    public static Tensor subtract(float x, Tensor y) {
        return Subtract.subtract(x, y);
    }
    /** See {@link Sum#sum(Tensor)}. */
    public static Tensor sum(Tensor x) {
        return Sum.sum(x);
    }
    /** See {@link Sum#sum(Tensor, boolean, int...)}. */
    public static Tensor sum(Tensor x, boolean keepDimensions, int... dimensions) {
        return Sum.sum(x, keepDimensions, dimensions);
    }
    /** See {@link Tanh#tanh(Tensor)}. */
    public static Tensor tanh(Tensor x) {
        return Tanh.tanh(x);
    }
    /** See {@link Upsample#upsampleBilinear(Tensor, int, int, boolean)}. */
    public static Tensor upsampleBilinear(Tensor x, int height, int width, boolean alignCorners) {
        return Upsample.upsampleBilinear(x, height, width, alignCorners);
    }
    /** See {@link Upsample#upsampleNearest(Tensor, int, int)}. */
    public static Tensor upsampleNearest(Tensor x, int height, int width) {
        return Upsample.upsampleNearest(x, height, width);
    }
    /** See {@link Variance#variance(Tensor, int, boolean, int...)}. */
    public static Tensor variance(Tensor x, int correction, boolean keepDimensions, int... dimensions) {
        return Variance.variance(x, correction, keepDimensions, dimensions);
    }
    /** See {@link Where#where(Tensor, Tensor, Tensor)}. */
    public static Tensor where(Tensor condition, Tensor x, Tensor y) {
        return Where.where(condition, x, y);
    }
}
