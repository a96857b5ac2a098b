package dev.squall.jvm;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.GeneralPrimitives;
import dev.squall.backend.Operands;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;

@Tag("fast")
class JvmGeneralTest extends GeneralPrimitives {
    @Override
    protected void check(double tolerance, Consumer<Operands> body) {
        AgainstReference.check(tolerance, body);
    }

    @Override
    protected Backend open() {
        return new JvmBackend(BackendOptions.DEFAULT);
    }
}
