package import BrokerValues
import HTTPTypes
import Introspection
package import Logging
package import NIOCore
import ServiceLifecycle

/// The doors through which operators look into the broker: two sockets in the file system, and a TCP port.
package struct IntrospectionService: Service {
    /// Where the protocol is spoken.
    static let basePath = "/jolokia"
    static let eventsPath = "/events"

    /// One door: a server, and whether the start fails without it.
    private struct Door: Sendable {
        let server: HTTPEndpointServer
        let address: HTTPEndpointAddress
        let isRequired: Bool
    }

    private let doors: [Door]
    private let logger: Logger

    /// - Parameters:
    ///   - standardPath: where the socket for operators is if the configuration does not say, see
    ///     ``IntrospectionConfiguration/standardPath(environment:)``.
    ///   - sockets: those that were there before the broker.
    ///   - limits: as they are in force, except in tests.
    ///   - eventLoop: never one of a shard.
    package init(
        configuration: IntrospectionConfiguration, standardPath: String, jolokia: JolokiaService, events: EventHub,
        sockets: any ListeningSockets = NoListeningSockets(), limits: HTTPLimits = .introspection,
        clock: MonitorClock = .system, eventLoop: any EventLoop, logger: Logger
    ) {
        self.logger = logger
        func stream() -> EventStream { EventStream(hub: events, wall: clock.wall) }
        func door(_ name: String, _ address: HTTPEndpointAddress, _ isRequired: Bool, _ pages: DoorPages) -> Door {
            let server = HTTPEndpointServer(
                address: address, name: name, sockets: sockets, routes: [], subtrees: pages.subtrees, limits: limits,
                eventLoop: eventLoop, logger: logger)
            return Door(server: server, address: address, isRequired: isRequired)
        }
        var doors: [Door] = []
        if configuration.unix.isEnabled {
            let isConfigured = !configuration.unix.path.isEmpty
            let path = isConfigured ? configuration.unix.path : standardPath
            let readers = IntrospectionConfiguration.UnixPart.readerPath(beside: path)
            doors.append(
                door(
                    "introspection", .unix(path: path, mode: 0o660, group: "skep"), isConfigured,
                    DoorPages(jolokia, stream()) { _ in
                        .open(JolokiaDoor(access: .operating, getMayChange: true, name: path))
                    }))
            if configuration.unix.hasReaders {
                doors.append(
                    door(
                        "introspection-read-only", .unix(path: readers, mode: 0o666, group: nil), isConfigured,
                        DoorPages(jolokia, stream()) { _ in
                            .open(JolokiaDoor(access: .reading, getMayChange: false, name: readers))
                        }))
            }
        }
        if configuration.tcp.isEnabled {
            let gate = TCPGate(configuration.tcp)
            doors.append(
                door(
                    "introspection-tcp", .internet(host: configuration.tcp.bindAddress, port: configuration.tcp.port),
                    configuration.tcp.isConfigured, DoorPages(jolokia, stream()) { gate.admission($0) }))
        }
        self.doors = doors
    }

    /// Where TCP clients come; nil before ``bind()``, and for good if there is no such door.
    package var boundPort: Int? { doors.compactMap { $0.server.boundAddress?.port }.first }

    /// Takes the addresses; to be called before the broker says that it is ready. One that nobody configured and that
    /// cannot be had is only logged.
    package func bind() async throws(HTTPBindFailure) {
        for door in doors {
            do {
                try await door.server.bind()
                logger.info(
                    "Introspection at \(Self.text(door))", metadata: [LogKind.field: "\(LogKind.listening.rawValue)"])
            } catch {
                if door.isRequired {
                    await close()
                    throw error
                }
                logger.warning(
                    "Operators find no door there: \(error)",
                    metadata: [LogKind.field: "\(LogKind.notListening.rawValue)"])
            }
        }
    }

    private static func text(_ door: Door) -> String {
        guard case .internet(let host, _) = door.address, let port = door.server.boundAddress?.port else {
            return door.address.description
        }
        return "http://\(HTTPEndpointAddress.internet(host: host, port: port))\(basePath)/"
    }

    /// Gives the addresses back, if ``run()`` will not be called.
    package func close() async {
        for door in doors { await door.server.close() }
    }

    /// Serves until a graceful shutdown. Without an address it only waits for that.
    package func run() async throws {
        let open = doors.map(\.server).filter { $0.boundAddress != nil }
        guard !open.isEmpty else {
            try? await gracefulShutdown()
            return
        }
        try await withThrowingDiscardingTaskGroup { group in
            for server in open { group.addTask { try await server.run() } }
        }
    }
}

extension HTTPLimits {
    /// As they are for introspection: requests in bulk are longer than what Prometheus asks, and on a socket of the file
    /// system who does not want to wait is refused by the kernel when its backlog is full.
    package static var introspection: HTTPLimits {
        var limits = HTTPLimits()
        limits.bodyBytes = JolokiaLimits.bodyBytes
        limits.backlog = 1_024
        return limits
    }
}

/// What a door lets who asks do.
enum DoorAdmission: Sendable {
    case open(JolokiaDoor)
    case refused(HTTPReply)
}

/// What is served behind one door.
struct DoorPages: Sendable {
    private let jolokia: JolokiaService
    private let events: EventStream
    private let admission: @Sendable (HTTPRequest) -> DoorAdmission
    /// Between a wrong password and the answer: who guesses gets few tries.
    private static let refusalDelay = Duration.seconds(1)
    /// Requests of one door that are worked on at a time: who asks much at one door must not keep the others from
    /// answering. As many wait as the door has connections.
    private let turns = Turns(4)

    init(
        _ jolokia: JolokiaService, _ events: EventStream, admission: @escaping @Sendable (HTTPRequest) -> DoorAdmission
    ) {
        self.jolokia = jolokia
        self.events = events
        self.admission = admission
    }

    var subtrees: [HTTPSubtree] {
        [
            HTTPSubtree(IntrospectionService.basePath) { try await jolokia($0) },
            HTTPSubtree(IntrospectionService.eventsPath) { try await events($0) },
        ]
    }

    private func jolokia(_ question: HTTPQuestion) async throws -> HTTPReply {
        let method: JolokiaExchange.Method
        switch question.head.method {
        case .get, .head: method = .get
        case .post: method = .post
        case .options: method = .options
        default: return Self.wrongMethod("GET, HEAD, POST, OPTIONS")
        }
        switch try await admit(question.head) {
        case .refused(let reply): return reply
        case .open(let door):
            let exchange = JolokiaExchange(
                method, path: String(question.path.dropFirst(IntrospectionService.basePath.count)),
                query: question.query ?? "", body: Array(question.body.readableBytesView),
                origin: question.head.headerFields[.origin],
                requestedHeaders: question.head.headerFields[.accessControlRequestHeaders])
            await turns.take()
            defer { turns.give() }
            return HTTPReply(await jolokia.answer(exchange, at: door))
        }
    }

    private func events(_ question: HTTPQuestion) async throws -> HTTPReply {
        guard [.get, .head].contains(question.head.method) else { return Self.wrongMethod("GET, HEAD") }
        switch try await admit(question.head) {
        case .refused(let reply): return reply
        case .open(let door):
            guard door.access != .aggregates else {
                return .text(.forbidden, "403: events name clients: a user and a password are needed for them")
            }
            return events.reply(query: question.query)
        }
    }

    private func admit(_ head: HTTPRequest) async throws -> DoorAdmission {
        let admission = admission(head)
        if case .refused(let reply) = admission, reply.status == .unauthorized, head.headerFields[.authorization] != nil
        {
            try await Task.sleep(for: Self.refusalDelay)
        }
        return admission
    }

    private static func wrongMethod(_ allowed: String) -> HTTPReply {
        var reply = HTTPReply.text(.methodNotAllowed, "405: the methods are \(allowed)")
        reply.headers[.allow] = allowed
        return reply
    }
}

extension TCPGate {
    func admission(_ head: HTTPRequest) -> DoorAdmission {
        let verdict = verdict(
            host: head.authority, origin: head.headerFields[.origin], authorization: head.headerFields[.authorization])
        switch verdict {
        case .anonymous: return .open(JolokiaDoor(access: .aggregates, getMayChange: false))
        case .authenticated: return .open(JolokiaDoor(access: .operating, getMayChange: false, name: "tcp as \(user)"))
        case .refused(let status, let reason):
            var reply = HTTPReply.text(HTTPResponse.Status(code: status), "\(status): \(reason)")
            if status == 401 { reply.headers[.wwwAuthenticate] = "Basic realm=\"skep\", charset=\"UTF-8\"" }
            return .refused(reply)
        }
    }
}

extension HTTPReply {
    fileprivate init(_ answer: JolokiaAnswer) {
        self.init(
            status: HTTPResponse.Status(code: answer.httpStatus), contentType: answer.contentType,
            body: ByteBuffer(bytes: answer.body))
        for (name, value) in answer.headers {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
    }
}
