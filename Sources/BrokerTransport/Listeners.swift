import BrokerValues
import Glibc
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// Counts of what happens at the sockets that listen.
package final class AcceptCounters: Sendable {
    private let pauses = Atomic<Int>(0)
    private let isOpen = Atomic<Bool>(false)

    /// Nothing counted yet.
    package init() {}

    /// How often accepting rested because descriptors or memory had run out.
    package var pauseCount: Int { pauses.load(ordering: .relaxed) }

    /// Whether every listener is open and no shutdown has begun.
    package var isAccepting: Bool { isOpen.load(ordering: .relaxed) }

    func setAccepting(_ isAccepting: Bool) { isOpen.store(isAccepting, ordering: .relaxed) }

    func countPause() { pauses.wrappingAdd(1, ordering: .relaxed) }
}

/// Opens the listeners.
struct ListenerBinder {
    let configuration: TransportConfiguration
    let runners: [ShardRunner]
    let group: any EventLoopGroup
    let counters: AcceptCounters
    let sockets: any ListeningSockets
    let logger: Logger

    /// Opens one listener, or takes over its sockets that are open already. Returns none for an optional one whose
    /// address this machine does not have.
    func bind(_ door: Door) async throws(TransportError) -> [any Channel] {
        let runners = runners
        let listener = door.listener
        let pause = AcceptPause(
            milliseconds: configuration.acceptPauseMilliseconds, counters: counters, logger: logger,
            listener: listener.identity)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: configuration.backlog)
            // Nobody is let in before all listeners are there.
            .serverChannelOption(.autoRead, value: false)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptErrorHandler(pause))
                }
            }
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // The groups' loops and the runners are the same, in the same order.
                    guard let runner = runners.first(where: { $0.eventLoop === channel.eventLoop }) else {
                        throw ChannelError.inappropriateOperationForState
                    }
                    try Self.setOptions(of: channel, runner)
                    try ClientPipeline(runner: runner, door: door).begin(on: channel)
                }
            }
        do {
            let endpoint = EndpointText.of(listener.bindAddress, listener.port)
            let inherited = sockets.take(listener.identity.name, endpoint: endpoint)
            if !inherited.isEmpty {
                // Clients may have connected to it before NIO has set the option on it, see below.
                return try await Self.adopt(inherited, bootstrap.childChannelOption(.tcpOption(.tcp_nodelay), value: 1))
            }
            let channel = try await bootstrap.bind(host: listener.bindAddress, port: listener.port).get()
            // With port 0 the system chooses another one each time.
            if listener.port != 0 { await sockets.keep(channel, listener.identity.name, endpoint: endpoint) }
            return [channel]
        } catch let error as IOError where listener.isOptional && Self.meansNoSuchAddress(error) {
            logger.warning(
                "This machine has no address \(EndpointText.of(listener.bindAddress)), so nothing listens there",
                metadata: [LogKind.field: "\(LogKind.notListening.rawValue)", "listener": "\(listener.identity)"])
            return []
        } catch {
            throw TransportError(listener, error)
        }
    }
}

extension ListenerBinder {
    /// Here and not as options of the bootstrap, which makes two futures for each.
    ///
    /// TCP_NODELAY is not among them: NIO sets it on the socket that listens, and those accepted from it have it from
    /// there. To set it costs two system calls, since NIO asks for the socket's kind first.
    private static func setOptions(of channel: any Channel, _ runner: ShardRunner) throws {
        guard let options = channel.syncOptions else { return }
        try options.setOption(.maxMessagesPerRead, value: 1)
        try options.setOption(.recvAllocator, value: LoopReceiveAllocator(shared: runner.receiveBuffer))
        try options.setOption(.writeBufferWaterMark, value: waterMark(runner.limits))
    }

    private static func adopt(_ descriptors: [Int32], _ bootstrap: ServerBootstrap) async throws -> [any Channel] {
        var channels: [any Channel] = []
        do {
            for descriptor in descriptors { channels.append(try await bootstrap.withBoundSocket(descriptor).get()) }
        } catch {
            for channel in channels { try? await channel.close() }
            throw error
        }
        return channels
    }

    /// Low, because bytes below it are not counted as unsent; the shard has thresholds of its own.
    private static func waterMark(_ limits: BrokerLimits) -> ChannelOptions.Types.WriteBufferWaterMark {
        .init(
            low: limits.writeBufferLowThreshold,
            high: min(limits.writeBufferHighThreshold, limits.writeBufferLowThreshold * 2))
    }

    private static func meansNoSuchAddress(_ error: IOError) -> Bool {
        error.errnoCode == EADDRNOTAVAIL || error.errnoCode == EAFNOSUPPORT
    }
}

/// What happens when accepting fails for want of descriptors: it rests, is counted, and is tried again.
struct AcceptPause: Sendable {
    let milliseconds: Int64
    let counters: AcceptCounters
    let logger: Logger
    let listener: ListenerIdentity
}

/// Stands first in the pipeline of a socket that listens and takes its errors, before NIO's own handler would rest for a
/// whole second.
///
/// One descriptor is held in reserve. When none is left it is given up to accept one waiting client and close it, so
/// that the client learns at once that it is not served.
final class AcceptErrorHandler: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private let pause: AcceptPause
    private let reserve = ReserveDescriptor()
    private var isPaused = false

    init(_ pause: AcceptPause) { self.pause = pause }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isPaused else { return }
        isPaused = true
        pause.counters.countPause()
        pause.logger.warning(
            "Accepting rests for \(pause.milliseconds) ms",
            metadata: [
                LogKind.field: "\(LogKind.acceptingRests.rawValue)", "listener": "\(pause.listener)",
                "cause": "\(error)",
            ])
        try? context.channel.syncOptions?.setOption(.autoRead, value: false)
        let shed: Void? = try? context.channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { [reserve] handle in
            reserve.turnAwayOne(listening: handle)
        }
        if shed == nil { pause.logger.debug("The socket that listens has no descriptor of its own") }
        let bound = NIOLoopBound((self, context.channel), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .milliseconds(pause.milliseconds)) {
            let (handler, channel) = bound.value
            handler.isPaused = false
            try? channel.syncOptions?.setOption(.autoRead, value: true)
        }
    }
}
