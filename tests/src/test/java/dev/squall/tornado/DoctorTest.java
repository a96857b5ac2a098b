package dev.squall.tornado;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.BackendProvider.Availability;
import dev.squall.backend.Finding;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class DoctorTest {
    @Test
    void oldJdk() {
        Finding finding = Doctor.jdk(Runtime.Version.parse("25.0.2"));
        assertThat(finding.state()).contains("25.0.2").contains("older");
        assertThat(finding.remedy()).contains("sdk install java");
    }

    @Test
    void newEnoughJdk() {
        assertThat(Doctor.jdk(Runtime.Version.parse("25.0.3+9-LTS")).remedy()).isNull();
        assertThat(Doctor.jdk(Runtime.Version.parse("26")).remedy()).isNull();
    }

    @Test
    void nothingButTheSdkIsSaidToBeMissingWithoutIt() {
        assertThat(Doctor.findings(new Availability(false, "there is no TornadoVM")))
                .filteredOn(finding -> finding.remedy() != null)
                .extracting(Finding::subject)
                .containsExactly("TornadoVM");
    }

    @Test
    void listsDevices() {
        assertThat(Doctor.findings(new TornadoVmBackendProvider().availability()))
                .extracting(Finding::subject)
                .contains("device 0");
    }
}
