package dev.squall.data;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Damages files as disks, networks and ill-meaning people do. */
public final class Mutations {
    private static final int[] NOTABLE = {0, 1, 0x7f, 0x80, 0xff};

    private Mutations() {}

    /** A damaged copy: one to eight changes, each of one of several kinds. */
    public static byte[] of(byte[] file, RandomGenerator random) {
        byte[] bytes = file.clone();
        int changes = 1 + random.nextInt(8);
        for (int i = 0; i < changes && bytes.length > 0; i++) {
            bytes = change(bytes, random);
        }
        return bytes;
    }

    private static byte[] change(byte[] bytes, RandomGenerator random) {
        // Half of the time near the beginning, where sizes are.
        int reach = random.nextBoolean() ? Math.min(bytes.length, 200) : bytes.length;
        int place = random.nextInt(reach);
        switch (random.nextInt(8)) {
            case 0 -> bytes[place] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bytes[place] = (byte) random.nextInt();
            case 2 -> bytes[place] = (byte) NOTABLE[random.nextInt(NOTABLE.length)];
            case 3 ->
                Arrays.fill(bytes, place, Math.min(bytes.length, place + 1 + random.nextInt(4)), (byte)
                        NOTABLE[random.nextInt(NOTABLE.length)]);
            case 4 -> {
                return Arrays.copyOf(bytes, place);
            }
            case 5 -> {
                return spliced(bytes, place, Math.min(bytes.length, place + random.nextInt(64)), new byte[0]);
            }
            case 6 -> {
                byte[] noise = new byte[random.nextInt(64)];
                random.nextBytes(noise);
                return spliced(bytes, place, place, noise);
            }
            default -> {
                int from = random.nextInt(bytes.length);
                byte[] part = Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + random.nextInt(200)));
                return spliced(bytes, place, place, part);
            }
        }
        return bytes;
    }

    private static byte[] spliced(byte[] bytes, int from, int to, byte[] inserted) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(bytes, 0, from);
        out.writeBytes(inserted);
        out.write(bytes, to, bytes.length - to);
        return out.toByteArray();
    }
}
