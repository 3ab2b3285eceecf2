package import BrokerValues
import HTTPTypes
import HummingbirdCore
package import Logging
package import NIOCore
import NIOHTTPTypesHTTP1
import NIOPosix
import ServiceLifecycle
import Synchronization

/// An HTTP/1.1 server for operators: a table of routes behind strict limits, on one event loop of its own.
///
/// HummingbirdCore speaks HTTP on each connection. The socket that listens is ours, not its `Server`: an address that is
/// taken must be known before the broker says that it is ready, running out of descriptors must not end the service, and
/// shutdown has a deadline.
package final class HTTPEndpointServer: Service {
    private let address: HTTPEndpointAddress
    private let name: String
    private let sockets: any ListeningSockets
    private let limits: HTTPLimits
    private let eventLoop: any EventLoop
    private let logger: Logger
    private let http: HTTP1Channel
    private let table: NIOLoopBoundBox<HTTPConnectionTable>
    /// Connections that were accepted and are not yet served; at most as many as the table admits.
    private let accepted: AsyncStream<HTTP1Channel.Value>
    private let handOver: AsyncStream<HTTP1Channel.Value>.Continuation
    private let listening = Mutex<(any Channel)?>(nil)
    /// The file of a socket in the file system, until it is removed.
    private let file = Mutex<UnixSocketFile?>(nil)

    /// - Parameters:
    ///   - name: what its socket is called where sockets are handed over.
    ///   - sockets: those that were there before the broker.
    ///   - routes: where several have the same path and method, the first one answers.
    ///   - subtrees: answer what no route is for.
    ///   - eventLoop: none that has other work which must not wait.
    package init(
        address: HTTPEndpointAddress, name: String = "http",
        sockets: any ListeningSockets = NoListeningSockets(), routes: [HTTPRoute], subtrees: [HTTPSubtree] = [],
        limits: HTTPLimits = HTTPLimits(), eventLoop: any EventLoop, logger: Logger
    ) {
        self.address = address
        self.name = name
        self.sockets = sockets
        self.limits = limits
        self.eventLoop = eventLoop
        self.logger = logger
        table = .makeBoxSendingValue(HTTPConnectionTable(limits: limits), eventLoop: eventLoop)
        (accepted, handOver) = AsyncStream.makeStream()
        http = Self.channel(routes: HTTPRouteTable(routes, subtrees), limits: limits)
    }

    /// Where the server listens; nil before ``bind()``.
    package var boundAddress: SocketAddress? { listening.withLock { $0?.localAddress } }

    /// Takes the address. Nobody is accepted before ``run()``. Does nothing if the address is taken by this server
    /// already.
    package func bind() async throws(HTTPBindFailure) {
        guard listening.withLock({ $0 == nil }) else { return }
        do {
            let channel: any Channel
            if let descriptor = sockets.take(name, endpoint: endpoint).first {
                channel = try await bootstrap.withBoundSocket(descriptor).get()
            } else {
                channel = try await open(bootstrap)
                // The file of a socket that goes on listening stays.
                if await sockets.keep(channel, name, endpoint: endpoint) { file.withLock { $0 = nil } }
            }
            listening.withLock { $0 = channel }
        } catch {
            throw HTTPBindFailure(address: address, cause: Self.text(of: error))
        }
    }

    /// What tells the socket from others that were open here: for one in the file system also the file, since one whose
    /// file is gone is found by nobody.
    private var endpoint: String {
        guard case .unix(let path, _, _) = address else { return address.description }
        return path + (UnixSocketFile(path)?.description ?? "")
    }

    private static func text(of error: any Error) -> String {
        (error as? IOError).map { SystemCalls.text(of: $0.errnoCode) } ?? "\(error)"
    }

    /// Gives the address back. Only for a server that will not run: ``run()`` does it itself.
    package func close() async {
        removeFile()
        try? await listening.withLock { $0 }?.close()
    }

    /// Once, and before the socket is closed: afterwards the path may be somebody else's.
    private func removeFile() {
        let mine = file.withLock { file in
            defer { file = nil }
            return file
        }
        mine?.remove()
    }

    /// Serves until a graceful shutdown or cancellation; then closes idle connections at once and the others within
    /// ``HTTPLimits/shutdownMilliseconds``.
    package func run() async throws {
        try await bind()
        guard let channel = listening.withLock({ $0 }) else { return }
        let settled = eventLoop.makePromise(of: Void.self)
        channel.closeFuture.whenComplete { [handOver] _ in handOver.finish() }
        await withDiscardingTaskGroup { group in
            await withTaskCancellationOrGracefulShutdownHandler {
                try? await channel.setOption(.autoRead, value: true).get()
                // Ends when the channel has closed. Every connection must be handed to its task, even then.
                for await connection in accepted {
                    group.addTask { [http, logger] in await http.handle(value: connection, logger: logger) }
                }
            } onCancelOrGracefulShutdown: {
                self.stop(channel, settled)
            }
            stop(channel, settled)
            try? await settled.futureResult.get()
            group.cancelAll()
        }
    }

    /// May be called more than once.
    private func stop(_ channel: any Channel, _ settled: EventLoopPromise<Void>) {
        removeFile()
        channel.close(promise: nil)
        eventLoop.execute { [table, eventLoop, limits] in
            table.value.beginShutdown(whenEmpty: settled)
            eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(limits.shutdownMilliseconds)) {
                table.value.closeAll()
            }
        }
    }

    private var bootstrap: ServerBootstrap {
        ServerBootstrap(group: eventLoop)
            .serverChannelOption(.backlog, value: limits.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.autoRead, value: false)
            .serverChannelInitializer { [limits, logger] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        HTTPAcceptRest(milliseconds: limits.acceptRestMilliseconds, logger: logger))
                }
            }
            // A client may say that it has sent everything and still wait for the answer.
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(
                .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: limits.receiveBytes)
            )
            .childChannelInitializer { [weak self] channel in
                guard let self else { return channel.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel) }
                return accept(channel)
            }
    }

    private func open(_ bootstrap: ServerBootstrap) async throws -> any Channel {
        switch address {
        case .internet(let host, let port):
            guard (0...Int(UInt16.max)).contains(port) else { throw NoSuchPort() }
            let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
            let name = isBracketed ? String(host.dropFirst().dropLast()) : host
            return try await bootstrap.bind(host: name, port: port).get()
        case .unix(let path, let mode, let group):
            let socket = try UnixListener.open(path: path, mode: mode, group: group, backlog: limits.backlog)
            file.withLock { $0 = socket.file }
            do {
                return try await bootstrap.withBoundSocket(socket.descriptor).get()
            } catch {
                // NIO has closed the descriptor.
                socket.file?.remove()
                throw error
            }
        }
    }

    private struct NoSuchPort: Error, CustomStringConvertible {
        var description: String { "a port is a number from 0 to \(UInt16.max)" }
    }

    /// Sets a new connection up and hands it over to ``run()``. A failed future closes it.
    private func accept(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard let connectionGuard = table.value.admit() else {
            return channel.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
        }
        let bound = NIOLoopBound(connectionGuard, eventLoop: eventLoop)
        return http.setup(channel: channel, logger: logger).flatMapThrowing { [handOver] connection in
            let pipeline = channel.pipeline.syncOperations
            let codec = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
            try pipeline.addHandler(bound.value, position: .before(codec))
            if case .terminated = handOver.yield(connection) { throw ChannelError.ioOnClosedChannel }
        }
    }

    private static func channel(routes: HTTPRouteTable, limits: HTTPLimits) -> HTTP1Channel {
        HTTP1Channel(
            responder: { request, writer, _ in
                let reply: HTTPReply
                if let subtree = routes.subtree(request.uri.path) {
                    // The guard has refused a body that is larger; without a whole body there is nobody to answer.
                    let body = try await request.body.collect(upTo: limits.bodyBytes)
                    let question = HTTPQuestion(
                        head: request.head, path: request.uri.path, query: request.uri.query, body: body)
                    reply = (try? await subtree.respond(question)) ?? .text(.serviceUnavailable, "503: not now")
                } else {
                    reply = await routes.answer(request.head, path: request.uri.path)
                }
                let (head, body) = message(reply, isHead: request.method == .head)
                try await writer.write(response: head, body: body)
            },
            configuration: HTTP1Channel.Configuration(
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.fieldBytes, maxHeaderListSize: limits.headBytes,
                    maxHeaderFieldCount: limits.fields)))
    }

    private static func message(_ reply: HTTPReply, isHead: Bool) -> (HTTPResponse, ResponseBody) {
        var head = HTTPResponse(status: reply.status, headerFields: reply.headers)
        head.headerFields[.xContentTypeOptions] = "nosniff"
        guard let next = reply.parts else {
            head.headerFields[.contentLength] = "\(reply.body.readableBytes)"
            return (head, isHead ? ResponseBody() : ResponseBody(byteBuffer: reply.body))
        }
        if isHead { return (head, ResponseBody()) }
        let first = reply.body
        let body = ResponseBody { body in
            try await body.write(first)
            while let part = await next() { try await body.write(part) }
            try await body.finish(nil)
        }
        return (head, body)
    }
}
