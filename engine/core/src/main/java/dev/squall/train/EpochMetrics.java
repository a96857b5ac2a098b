package dev.squall.train;

/**
 * What is known about an epoch when it is over.
 *
 * @param epoch counted from 1
 * @param learningRate of its last step
 * @param trainLoss mean over the images as they were learned, with label smoothing
 * @param trainAccuracy the same for the fraction that was classified rightly
 * @param loss on the validation data
 * @param top1 on the validation data
 * @param imagesPerSecond in training
 * @param seconds since the run began, validation and earlier parts of a resumed run included
 */
public record EpochMetrics(
        int epoch,
        float learningRate,
        double trainLoss,
        double trainAccuracy,
        double loss,
        double top1,
        double imagesPerSecond,
        double seconds) {}
