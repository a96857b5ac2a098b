package dev.squall.tornado.device;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What TornadoVM is told before it starts, also in a program that does not come through the launchers. */
class TornadoPropertiesTest {
    @Test
    void aKernelThatDoesNotCompileIsAnErrorAndNotRunAsJava() {
        Devices.all();
        assertThat(System.getProperty("tornado.recover.bailout")).isEqualToIgnoringCase("false");
        assertThat(System.getProperty("tornado.compiler.fullInlining")).isEqualToIgnoringCase("true");
    }

    @Test
    void longGraphsAndAllOfADevicesMemory() {
        Devices.all();
        assertThat(System.getProperty("tornado.tvm.maxbytecodesize")).isNotNull();
        assertThat(System.getProperty("tornado.device.memory")).endsWith("GB");
    }
}
