package dev.squall.tresnet.run;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Images of one class that were taken for another.
 *
 * @param label the class that they show
 * @param prediction the class that they were taken for
 * @param images how many
 */
public record Confusion(int label, int prediction, int images) {
    /** All of a table with a row for each label and a column for each prediction, those of the most images first. */
    public static List<Confusion> of(int[][] table) {
        List<Confusion> confusions = new ArrayList<>();
        for (int label = 0; label < table.length; label++) {
            for (int prediction = 0; prediction < table.length; prediction++) {
                if (label != prediction && table[label][prediction] > 0) {
                    confusions.add(new Confusion(label, prediction, table[label][prediction]));
                }
            }
        }
        confusions.sort(Comparator.comparingInt(Confusion::images).reversed());
        return confusions;
    }
}
