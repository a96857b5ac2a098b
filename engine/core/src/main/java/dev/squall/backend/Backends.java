package dev.squall.backend;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

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
     * Opens the backend called {@code name}, or for {@code auto} the most preferred one that is available and starts.
     *
     * @throws IllegalArgumentException if there is no such backend, or it cannot run here; says why
     */
    public static Choice open(String name, BackendOptions options) {
        return name.equals("auto") ? best(providers(), options) : named(name, options);
    }

    /** The first of {@code providers} that is available and starts; one that does not start is no reason not to compute. */
    static Choice best(List<BackendProvider> providers, BackendOptions options) {
        List<BackendProvider> candidates = providers.stream()
                .filter(provider -> provider.preference() >= 0)
                .toList();
        Map<BackendProvider, String> failures = new HashMap<>();
        for (BackendProvider provider : candidates) {
            if (provider.availability().available()) {
                try {
                    return open(
                            provider,
                            options,
                            () -> provider.availability().reason() + instead(candidates, provider, failures));
                } catch (BackendException e) {
                    failures.put(provider, "not " + provider.name() + ": " + e.getMessage());
                }
            }
        }
        throw new IllegalArgumentException("no backend can run here"
                + (candidates.isEmpty()
                        ? ": none is on the class path; add squall-jvm, squall-tornado or both to it"
                        : instead(candidates, null, failures)));
    }

    /** How it stands with the backends that were not taken, some of which did not start. */
    private static String instead(
            List<BackendProvider> candidates, @Nullable BackendProvider taken, Map<BackendProvider, String> failures) {
        return candidates.stream()
                .filter(provider -> provider != taken)
                .map(provider ->
                        "; " + failures.getOrDefault(provider, standing(provider.name(), provider.availability())))
                .collect(Collectors.joining());
    }

    private static String standing(String name, BackendProvider.Availability availability) {
        return (availability.available() ? name + " " : "not " + name + ": ") + availability.reason();
    }

    private static Choice named(String name, BackendOptions options) {
        for (BackendProvider provider : providers()) {
            if (provider.name().equals(name)) {
                BackendProvider.Availability availability = provider.availability();
                if (!availability.available()) {
                    throw new IllegalArgumentException(
                            "the backend " + name + " cannot run here: " + availability.reason());
                }
                return open(provider, options, () -> "as asked");
            }
        }
        throw new IllegalArgumentException(
                "there is no backend called " + name + "; choose one of " + String.join(", ", names()));
    }

    private static Choice open(BackendProvider provider, BackendOptions options, Supplier<String> why) {
        Backend backend = provider.create(options);
        return new Choice(backend, "backend " + provider.name() + " (" + backend.description() + "): " + why.get());
    }
}
