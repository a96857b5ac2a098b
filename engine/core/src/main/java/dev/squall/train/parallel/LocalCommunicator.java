package dev.squall.train.parallel;

import java.util.List;
import java.util.stream.IntStream;

/** Of workers that are threads of one process, each with a backend of its own. */
public final class LocalCommunicator implements Communicator {
    private final Meeting meeting;
    private final int rank;

    /** Where they meet; each worker reads what others wrote before all had arrived. */
    private static final class Meeting {
        private final TreeSum[] sums;
        private float[] total = {};
        private byte[] bytes = {};
        private int arrived;
        private int times;
        private boolean isOver;

        Meeting(int size) {
            sums = new TreeSum[size];
        }

        synchronized void await() {
            int time = times;
            if (++arrived == sums.length) {
                arrived = 0;
                times++;
                notifyAll();
            }
            try {
                while (times == time && !isOver) {
                    wait();
                }
            } catch (InterruptedException e) {
                end();
                Thread.currentThread().interrupt();
                throw new CommunicationException("interrupted while waiting for other workers", e);
            }
            if (times == time) {
                throw new CommunicationException("another worker has ended before its time", null);
            }
        }

        synchronized void end() {
            isOver = true;
            notifyAll();
        }
    }

    private LocalCommunicator(Meeting meeting, int rank) {
        this.meeting = meeting;
        this.rank = rank;
    }

    /** One for each of so many workers, by rank. */
    public static List<Communicator> of(int size) {
        Meeting meeting = new Meeting(size);
        return IntStream.range(0, size)
                .<Communicator>mapToObj(rank -> new LocalCommunicator(meeting, rank))
                .toList();
    }

    @Override
    public int rank() {
        return rank;
    }

    @Override
    public int size() {
        return meeting.sums.length;
    }

    @Override
    public float[] sum(TreeSum mine) {
        meeting.sums[rank] = mine;
        barrier();
        if (rank == 0) {
            TreeSum all = new TreeSum(mine.terms(), mine.length());
            for (TreeSum sum : meeting.sums) {
                all.add(sum);
            }
            meeting.total = all.total();
        }
        barrier();
        float[] total = meeting.total.clone();
        barrier();
        return total;
    }

    @Override
    public byte[] broadcast(byte[] bytes) {
        if (rank == 0) {
            meeting.bytes = bytes;
        }
        barrier();
        byte[] received = meeting.bytes.clone();
        barrier();
        return received;
    }

    @Override
    public void barrier() {
        meeting.await();
    }

    @Override
    public void close() {
        meeting.end();
    }
}
