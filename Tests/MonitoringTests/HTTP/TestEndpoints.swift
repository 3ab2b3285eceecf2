import Logging
import Monitoring
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Metrics that a test makes up; counts how often it is asked.
final class TestScrapes: ScrapeSource {
    private struct Counts {
        var renderings = 0
        var inside = 0
        var mostInside = 0
    }

    private let counts = Mutex(Counts())
    private let bytes: Int
    /// What runs within every rendering.
    private let during: @Sendable () -> Void

    init(bytes: Int = 5000, during: @escaping @Sendable () -> Void = {}) {
        self.bytes = bytes
        self.during = during
    }

    /// Renderings that were begun.
    var renderings: Int { counts.withLock(\.renderings) }
    /// The most renderings that there were at the same time.
    var mostAtOnce: Int { counts.withLock(\.mostInside) }

    func render(_ format: ExpositionFormat) -> ByteBuffer {
        counts.withLock {
            $0.renderings += 1
            $0.inside += 1
            $0.mostInside = max($0.mostInside, $0.inside)
        }
        defer { counts.withLock { $0.inside -= 1 } }
        during()
        return ByteBuffer(string: text(format))
    }

    func text(_ format: ExpositionFormat) -> String {
        let line = "test_total{format=\"\(format)\"} 1\n"
        return String(repeating: line, count: max(1, bytes / line.utf8.count))
    }
}

/// Reports that a test makes up.
struct TestHealth: HealthSource {
    var healthReport = HealthReport(checks: [.init(name: "event-loops", isOK: true, detail: "answered")])
    var readinessReport = HealthReport(checks: [.init(name: "stress", isOK: true, detail: "level 0")])

    func health() -> HealthReport { healthReport }
    func readiness() -> HealthReport { readinessReport }
}

/// What a test sees of the endpoints that it started.
struct TestEndpoints: Sendable {
    let port: Int
    let scrapes: TestScrapes
    fileprivate let services: ServiceGroup

    /// Runs a blocking conversation on a new connection.
    func connect<Result: Sendable>(
        _ talk: @escaping @Sendable (HTTPTestClient) throws -> Result
    ) async throws -> Result {
        try await onThread { [port] in try talk(HTTPTestClient(port: port)) }
    }

    func get(_ path: String, _ fields: [String] = []) async throws -> HTTPTestAnswer {
        try await connect { try $0.request("GET", path, fields) }
    }

    func beginShutdown() async { await services.triggerGracefulShutdown() }
}

/// Runs the endpoints on a port that the system chooses while the test has its conversation, then shuts them down.
///
/// - Parameter eventLoop: for a test whose rendering ends after the endpoints, and so after their own event loop.
func withEndpoints<Result: Sendable>(
    scrapes: TestScrapes = TestScrapes(), health: TestHealth = TestHealth(), host: String = "127.0.0.1",
    path: String = "/metrics", limits: HTTPLimits = HTTPLimits(), eventLoop: (any EventLoop)? = nil,
    _ talk: @Sendable (TestEndpoints) async throws -> Result
) async throws -> Result {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let service = MonitoringHTTPService(
        configuration: .init(bindAddress: host, port: 0, path: path, isConfigured: true), scrapes: scrapes,
        health: health, limits: limits, eventLoop: eventLoop ?? group.next(), logger: logger)
    try await service.bind()
    let services = ServiceGroup(services: [service], logger: logger)
    let endpoints = TestEndpoints(
        port: service.boundAddress?.port ?? 0, scrapes: scrapes, services: services)
    let result = try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await services.run() }
        let outcome: Swift.Result<Result, any Error>
        do {
            outcome = .success(try await talk(endpoints))
        } catch {
            outcome = .failure(error)
        }
        await services.triggerGracefulShutdown()
        try await tasks.waitForAll()
        return try outcome.get()
    }
    try await group.shutdownGracefully()
    return result
}
