/**
 * Labelled images: reading them, changing them at random, handing them out in batches.
 *
 * <p>Everywhere an image is a {@code float[]} of {@code channels * height * width} values in [0, 1], channel by
 * channel and row by row (CHW), and a batch is such images one after the other (NCHW).
 *
 * <pre>{@code
 * DataSource source = DataSources.open("sample");
 * DataLoader loader = DataLoader.builder(source.train())
 *         .batchSize(64).shuffle(true).dropLast(true).seed(1).transforms(source.trainTransforms()).build();
 * for (int epoch = 0; epoch < 5; epoch++) {
 *     try (DataLoader.Epoch batches = loader.epoch(epoch)) {
 *         while (batches.hasNext()) {
 *             Batch batch = batches.next();
 *             // batch.images(), batch.labels(), batch.size()
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>This package holds the contract, {@link dev.squall.data.Dataset} and {@link dev.squall.data.Transform}, and the
 * {@link dev.squall.data.DataLoader} that works on it; above it lie {@code image} (picture files), {@code augment}
 * (random changes) and {@code source} (data sets by name). Whatever a user hands in and cannot be used ends in a
 * {@link dev.squall.error.BadInputException}.
 */
@NullMarked
package dev.squall.data;

import org.jspecify.annotations.NullMarked;
