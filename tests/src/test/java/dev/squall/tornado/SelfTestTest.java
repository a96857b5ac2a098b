package dev.squall.tornado;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendException;
import dev.squall.tensor.Storage;
import dev.squall.tornado.device.PassedTests;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import uk.ac.manchester.tornado.api.common.TornadoDevice;

@Tag("sim")
@Tag("opencl")
class SelfTestTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void passes(boolean gpu) {
        TornadoVmBackend backend = gpu ? TornadoFixture.GPU : TornadoFixture.CPU;
        long live = backend.liveBytes();

        SelfTest.run(backend, false);

        assertThat(backend.liveBytes()).isEqualTo(live);
    }

    /** A device on which one result, counted from 0 in the order of the test, has one wrong value. */
    @ParameterizedTest
    @CsvSource({
        "0, a matrix product",
        "1, a convolution gave",
        "2, a convolution's gradient by its input",
        "3, a convolution's gradient by its weights",
        "4, a sum",
        "5, an update"
    })
    void aWrongResultIsNoticed(int wrong, String what) {
        List<Storage> results = new ArrayList<>();
        Backend faulty = (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (self, method, operands) -> {
                    Object answer = method.invoke(TornadoFixture.CPU, operands);
                    if (method.getName().equals("download")) {
                        results.add((Storage) operands[0]);
                        float[] values = (float[]) operands[1];
                        values[values.length - 1] += results.size() - 1 == wrong ? 1f : 0f;
                    }
                    return answer;
                });
        long live = TornadoFixture.CPU.liveBytes();

        assertThatExceptionOfType(BackendException.class)
                .isThrownBy(() -> SelfTest.run(faulty, false))
                .withMessageContaining("computes wrong results")
                .withMessageContaining(what)
                .withMessageContaining("take --backend jvm");
        assertThat(TornadoFixture.CPU.liveBytes()).isEqualTo(live);
    }

    @Test
    void isDoneOnce() {
        PassedTests passed = new PassedTests(directory.resolve("tests"));
        List<String> progress = new ArrayList<>();
        TornadoDevice device = TornadoFixture.CPU.launcher().device().description();
        assertThat(passed.date(device)).isEmpty();

        TornadoFixture.CPU.test(passed, progress::add);
        TornadoFixture.CPU.test(passed, progress::add);

        assertThat(progress).singleElement().asString().startsWith("testing ");
        assertThat(passed.date(device)).isPresent();
    }

    @Test
    void aCacheThatCannotBeWrittenDoesNoHarm() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        PassedTests passed = new PassedTests(file.resolve("below"));

        TornadoFixture.CPU.test(passed, message -> {});

        assertThat(passed.date(TornadoFixture.CPU.launcher().device().description()))
                .isEmpty();
    }
}
