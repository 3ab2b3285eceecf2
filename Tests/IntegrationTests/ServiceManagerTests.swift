import Foundation
import Testing

extension IntegrationTests {
    @Suite("The broker under a service manager")
    struct ServiceManagerTests {
        @Test(
            "It tells how it is, hands its sockets over a restart without refusing anybody, and takes those passed in")
        func everything() async throws {
            let directory = try TemporaryDirectory()
            let manager = try ChildProcess(
                try Project.python(),
                [Project.client("service_manager.py"), try Project.skep(), directory.path])
            try await manager.success()
            #expect(
                manager.outputLines
                    == [
                        "ready means that every listener is open", "the watchdog is fed",
                        "the status line is current", "a reload is announced and ends", "a stop is announced",
                        "over a restart nobody is refused", "a port that is not configured any more is given up",
                        "a listener serves every socket of its unit",
                        "a socket that belongs to nobody is named in the log", "JSON lines name their events",
                        "sockets that are announced and not passed harm nobody",
                    ].map { "ok \($0)" })
        }
    }
}
