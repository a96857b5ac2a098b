package dev.squall.tresnet.cli;

import dev.squall.tresnet.Networks;
import java.util.Iterator;

/** The names of the networks for help texts. */
final class ModelNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
        return Networks.names().iterator();
    }
}
