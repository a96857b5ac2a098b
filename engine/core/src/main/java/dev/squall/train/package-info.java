/**
 * Training and evaluation of any module that classifies images, and the files that a run leaves behind. Start at {@link dev.squall.train.Trainer}:
 *
 * <pre>
 * Trainer         epoch after epoch: trains, evaluates, writes the files; goes on with a run that was interrupted
 *    |            what it is told: Recipe (what is learned), RunOptions (how the run takes care of itself)
 *    +-- EpochTraining   the steps of an epoch, each a Pass over a batch, or a ShardedStep that several workers share
 *    +-- Rounds          the same where copies of the network, each a Replica, train apart and meet now and then
 *    +-- Evaluator       top-1, top-5 and loss on images to measure with
 *    +-- RunDirectory    the files: Checkpoint, MetricsFile, RunSummary, weights as a StateDict
 * </pre>
 */
@NullMarked
package dev.squall.train;

import org.jspecify.annotations.NullMarked;
