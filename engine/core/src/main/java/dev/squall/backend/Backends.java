package dev.squall.backend;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/** Finds backends by name, and the best one for this machine. */
public final class Backends {
    private Backends() {}

    /** A backend, and why it was taken, in one line for people. */
    public record Choice(Backend backend, String reason) {}

    /** All providers on the class path, the most preferred first. */
    public static List<BackendProvider> providers() {
        List<BackendProvider> providers = new ArrayList<>();
        ServiceLoader.load(BackendProvider.class).forEach(providers::add);
        providers.sort(Comparator.comparingInt(BackendProvider::preference).reversed());
        return providers;
    }

    /** The names that {@link #open} takes. */
    public static List<String> names() {
        List<String> names = new ArrayList<>(List.of("auto"));
        providers().forEach(provider -> names.add(provider.name()));
        return names;
    }

    /**
     * Opens the backend called {@code name}, or for {@code auto} the most preferred one that is available.
     *
     * @throws IllegalArgumentException if there is no such backend, or it cannot run here; says why
     */
    public static Choice open(String name, BackendOptions options) {
        List<String> passedOver = new ArrayList<>();
        for (BackendProvider provider : providers()) {
            boolean auto = name.equals("auto");
            if (auto ? provider.preference() < 0 : !provider.name().equals(name)) {
                continue;
            }
            BackendProvider.Availability availability = provider.availability();
            if (availability.available()) {
                Backend backend = provider.create(options);
                String why = auto ? availability.reason() : "as asked";
                return new Choice(
                        backend,
                        "backend " + provider.name() + " (" + backend.description() + "): " + why
                                + passedOver.stream().map(s -> "; " + s).collect(Collectors.joining()));
            }
            if (!auto) {
                throw new IllegalArgumentException("the backend " + name + " cannot run here: " + availability.reason());
            }
            passedOver.add("not " + provider.name() + ": " + availability.reason());
        }
        throw new IllegalArgumentException("there is no backend called " + name + "; choose one of " + String.join(", ", names()));
    }
}
