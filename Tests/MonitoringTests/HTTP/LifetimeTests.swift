import Dispatch
import Glibc
import Logging
import Monitoring
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import Testing

/// Whether this machine has the loopback address of IPv6.
private func hasVersion6() -> Bool {
    let descriptor = socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var address = sockaddr_in6()
    address.sin6_family = sa_family_t(AF_INET6)
    unsafe address.sin6_addr.__in6_u.__u6_addr8.15 = 1
    // Safe: the pointer is to an address of the size that is given.
    return unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            unsafe bind(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in6>.size)) == 0
        }
    }
}

/// Keeps what is logged.
private final class Journal: Sendable {
    private let lines = Mutex<[String]>([])

    var logger: Logger { Logger(label: "test") { _ in Handler(journal: self) } }
    var warnings: [String] { lines.withLock { $0 } }

    private struct Handler: LogHandler {
        let journal: Journal
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.warning

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            journal.lines.withLock { $0.append("\(event.level): \(event.message)") }
        }
    }
}

@Suite("Monitoring over HTTP: start and end")
struct HTTPLifetimeTests {
    private func service(_ configuration: MonitoringHTTPConfiguration, _ journal: Journal) -> MonitoringHTTPService {
        MonitoringHTTPService(
            configuration: configuration, scrapes: TestScrapes(), health: TestHealth(),
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(), logger: journal.logger)
    }

    @Test("A configured address that is taken is an error that names address and cause")
    func configuredTaken() async throws {
        try await withEndpoints { endpoints in
            let journal = Journal()
            let second = service(.init(port: endpoints.port, isConfigured: true), journal)
            let failure = await #expect(throws: HTTPBindFailure.self) { try await second.bind() }
            #expect(failure?.address == .internet(host: "127.0.0.1", port: endpoints.port))
            #expect(failure?.description.contains("127.0.0.1:\(endpoints.port)") == true)
            #expect(failure?.cause.contains("Address already in use") == true)
            #expect(journal.warnings == [])
        }
    }

    @Test("A default address that is taken is a warning, and the service waits for the end like others")
    func defaultTaken() async throws {
        try await withEndpoints { endpoints in
            let journal = Journal()
            let second = service(.init(port: endpoints.port), journal)
            try await second.bind()
            #expect(second.boundAddress == nil)
            #expect(journal.warnings.count == 1)
            #expect(journal.warnings.first?.contains("127.0.0.1:\(endpoints.port)") == true)
            try await runAndShutDown(second)
        }
    }

    @Test("Endpoints that are disabled take no address and end with the others")
    func disabled() async throws {
        let service = service(.init(isEnabled: false, port: 0), Journal())
        try await service.bind()
        #expect(service.boundAddress == nil)
        try await runAndShutDown(service)
    }

    /// The shutdown begins only when the services run, so this ends only if `run()` waits for it and then returns.
    private func runAndShutDown(_ service: MonitoringHTTPService) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let group = ServiceGroup(services: [service], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test(
        "An address that cannot be had is an error", arguments: [("192.0.2.1", 0), ("127.0.0.1", 65536), ("::1", -1)])
    func impossible(host: String, port: Int) async throws {
        let service = service(.init(bindAddress: host, port: port, isConfigured: true), Journal())
        let failure = await #expect(throws: HTTPBindFailure.self) { try await service.bind() }
        #expect(failure?.address == .internet(host: host, port: port))
        #expect(failure?.cause.isEmpty == false)
    }

    @Test("An address that was given back can be taken again")
    func givenBack() async throws {
        let first = service(.init(port: 0, isConfigured: true), Journal())
        try await first.bind()
        let port = try #require(first.boundAddress?.port)
        await first.close()
        let second = service(.init(port: port, isConfigured: true), Journal())
        try await second.bind()
        #expect(second.boundAddress?.port == port)
        await second.close()
    }

    @Test("IPv6 addresses work with brackets and without", .enabled(if: hasVersion6()), arguments: ["::1", "[::1]"])
    func version6(host: String) async throws {
        try await withEndpoints(host: host) { endpoints in
            let status = try await onThread { [port = endpoints.port] in
                try HTTPTestClient(port: port, host: "::1").request("GET", "/healthz").status
            }
            #expect(status == 200)
        }
    }

    @Test("Hanging clients and a hanging rendering do not hold the shutdown up")
    func hangingClients() async throws {
        let (began, mayEnd) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        defer { mayEnd.signal() }
        let scrapes = TestScrapes {
            began.signal()
            mayEnd.wait()
        }
        let clock = ContinuousClock()
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let (begin, clients) = try await withEndpoints(scrapes: scrapes, eventLoop: eventLoop) { endpoints in
            var clients: [HTTPTestClient] = []
            let requests = [
                "", "GET /met", "GET /healthz HTTP/1.1\r\nHost: skep\r\n\r\n",
                "GET /healthz HTTP/1.1\r\nContent-Length: 10\r\n\r\n", "GET /metrics HTTP/1.1\r\nHost: skep\r\n\r\n",
            ]
            for request in requests {
                let client = try HTTPTestClient(port: endpoints.port)
                client.send(request)
                clients.append(client)
            }
            try await onThread { began.wait() }
            return (clock.now, clients)
        }
        // The limits on clients are 10 s and more; shutdown does not wait for them.
        #expect(begin.duration(to: clock.now) < .seconds(8))
        for client in clients { _ = try client.readToEnd() }
    }

    @Test("An answer that is under way at shutdown arrives, and its connection ends")
    func answerUnderWay() async throws {
        let (began, mayEnd) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let scrapes = TestScrapes {
            began.signal()
            mayEnd.wait()
        }
        var limits = HTTPLimits()
        limits.shutdownMilliseconds = 60_000
        try await withEndpoints(scrapes: scrapes, limits: limits) { endpoints in
            async let scrape = endpoints.connect { client in
                (try client.request("GET", "/metrics"), try client.readToEnd())
            }
            try await onThread { began.wait() }
            await endpoints.beginShutdown()
            mayEnd.signal()
            let (answer, rest) = try await scrape
            #expect(answer.text == scrapes.text(.prometheusText))
            #expect(rest == [])
        }
    }
}
