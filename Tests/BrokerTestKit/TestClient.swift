import Glibc
package import NIOCore
import NIOPosix
import Synchronization

/// A raw MQTT client over TCP. It has no opinion about the protocol: it sends what it is told, and what comes is
/// decoded by ``ServerPacket``'s own strict rules. It acknowledges nothing by itself.
package final class TestClient: Sendable {
    private let channel: any Channel
    private let inbox: Inbox
    private let settings = Mutex(Settings())

    private struct Settings {
        var version = MQTTVersion.v311
        var connack: ServerPacket.Connack?
        var lastIdentifier: UInt16 = 0
    }

    private init(channel: any Channel, inbox: Inbox) {
        self.channel = channel
        self.inbox = inbox
    }

    /// Opens a connection and sends nothing.
    ///
    /// The broker hands new connections to its event loops in turn, so two that are opened one after the other live on
    /// different loops of a broker with two.
    ///
    /// - Parameters:
    ///   - receiveBuffer: bytes that the system keeps for this client while it does not read; nil for its usual.
    ///   - stages: adds what stands between the socket and MQTT, such as TLS.
    package static func open(
        _ broker: TestBroker, version: MQTTVersion = .v311, receiveBuffer: Int? = nil,
        stages: @escaping @Sendable (any Channel) throws -> Void = { _ in }
    ) async throws -> TestClient {
        let client = try await open(
            port: broker.port, version: version, receiveBuffer: receiveBuffer, stages: stages)
        broker.register(client)
        return client
    }

    /// Opens a connection to a broker that may not be there as a whole yet; whoever does closes it.
    package static func open(
        port: Int, version: MQTTVersion = .v311, receiveBuffer: Int? = nil,
        stages: @escaping @Sendable (any Channel) throws -> Void = { _ in }
    ) async throws -> TestClient {
        let inbox = Inbox()
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try stages(channel)
                    try channel.pipeline.syncOperations.addHandler(inbox)
                }
            }
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(
                .socketOption(.so_rcvbuf), value: SocketOptionValue(receiveBuffer))
        }
        let channel = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
        let client = TestClient(channel: channel, inbox: inbox)
        client.version = version
        return client
    }

    /// How packets are written and read; a CONNECT that is sent sets it.
    package var version: MQTTVersion {
        get { settings.withLock { $0.version } }
        set { settings.withLock { $0.version = newValue } }
    }

    /// The CONNACK that ``connect(_:id:version:clean:keepAlive:will:userName:password:properties:_:_:)`` got.
    package internal(set) var connack: ServerPacket.Connack {
        get { settings.withLock { $0.connack ?? .init(code: 0xFF) } }
        set { settings.withLock { $0.connack = newValue } }
    }

    /// A packet identifier that this client has not used lately.
    package func makeIdentifier() -> UInt16 {
        settings.withLock { settings in
            settings.lastIdentifier = settings.lastIdentifier == .max ? 1 : settings.lastIdentifier + 1
            return settings.lastIdentifier
        }
    }

    // MARK: - Out

    /// Sends bytes, in order with all others; does not wait. What can no longer be sent is lost silently.
    package func send(_ bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }

    /// Sends a packet in the form of ``version``.
    package func send(_ packet: ClientPacket) { send(packet.bytes(version)) }

    /// Sends several packets in one write.
    package func send(_ packets: [ClientPacket]) { send(packets.flatMap { $0.bytes(version) }) }

    /// Closes the connection as a TCP peer does that says goodbye (FIN), without DISCONNECT.
    package func close() async { try? await channel.close().get() }

    /// Says that nothing more will be sent, and goes on reading.
    package func closeOutput() async { try? await channel.close(mode: .output).get() }

    /// Breaks the connection off (RST).
    package func reset() async {
        let now = linger(l_onoff: 1, l_linger: 0)
        try? await (channel as? any SocketOptionProvider)?.setSoLinger(now).get()
        await close()
    }

    /// Stops (false) or goes on (true) reading from the socket.
    package func setReading(_ isReading: Bool) async throws {
        try await channel.setOption(.autoRead, value: isReading).get()
        if isReading { channel.read() }
    }

    // MARK: - In

    /// Everything that has come so far.
    package var receivedBytes: [UInt8] { inbox.received }

    /// Whether the connection has ended; packets may still wait to be taken.
    package var isClosed: Bool { inbox.isClosed }

    /// The next packet from the broker. The time is there to end a test that would hang, not to measure.
    package func next(
        timeout: Duration = .seconds(10), _ file: StaticString = #fileID, _ line: UInt = #line
    ) async throws -> ServerPacket {
        try await nextWithBytes(timeout: timeout, file, line).packet
    }

    /// The next packet and the bytes that it was.
    package func nextWithBytes(
        timeout: Duration = .seconds(10), _ file: StaticString = #fileID, _ line: UInt = #line
    ) async throws -> (packet: ServerPacket, bytes: [UInt8]) {
        switch await inbox.next(timeout: timeout, on: channel.eventLoop) {
        case .packet(let bytes):
            do {
                return (try ServerPacketDecoder(version: version).decode(bytes), bytes)
            } catch {
                throw TestFailure("\(error)", file, line)
            }
        case .closed: throw TestFailure("the connection was closed where a packet was expected", file, line)
        case .timedOut: throw TestFailure("no packet came within \(timeout)", file, line)
        }
    }

    /// Makes packets that were taken the next ones again.
    func putBack(_ packets: [[UInt8]]) { inbox.putBack(packets) }

    /// Waits for the end of the stream; nothing may come before it.
    package func expectClosed(
        timeout: Duration = .seconds(10), _ file: StaticString = #fileID, _ line: UInt = #line
    ) async throws {
        switch await inbox.next(timeout: timeout, on: channel.eventLoop) {
        case .packet(let bytes):
            throw TestFailure("the connection should be closed, but this came: \(hexadecimal(bytes))", file, line)
        case .closed:
            let rest = inbox.incomplete
            guard rest.isEmpty else {
                throw TestFailure("the connection ended within a packet: \(hexadecimal(rest))", file, line)
            }
        case .timedOut: throw TestFailure("the connection was not closed within \(timeout)", file, line)
        }
    }
}
