import Introspection
import NIOCore
import NIOHTTP1
import NIOPosix

/// A broker to talk to: finds its socket, connects, and again if the connection has ended.
///
/// One question at a time, from one thread.
final class Broker {
    let endpoint: Endpoint
    /// What the user should know of how it was found.
    let note: String?
    private let patience: TimeAmount
    private let group: MultiThreadedEventLoopGroup
    private var channel: EventLoopFuture<any Channel>

    private init(
        _ endpoint: Endpoint, note: String?, patience: TimeAmount, group: MultiThreadedEventLoopGroup,
        channel: any Channel
    ) {
        self.endpoint = endpoint
        self.note = note
        self.patience = patience
        self.group = group
        self.channel = channel.eventLoop.makeSucceededFuture(channel)
    }

    /// Connects to the broker that the options name.
    ///
    /// - Parameter readOnlySuffices: whether the socket through which nothing can be changed does as well.
    static func connect(_ options: ConnectOptions, readOnlySuffices: Bool) throws(ToolError) -> Broker {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let patience = options.patience
        if let url = options.brokerURL {
            let endpoint = Endpoint.url(url)
            do {
                let channel = try Self.start(endpoint, group, patience).wait()
                return Broker(endpoint, note: nil, patience: patience, group: group, channel: channel)
            } catch {
                let why = Self.fault(error).text
                throw ToolError(.unreachable, "Nothing answers at \(endpoint): \(why). Does the broker listen there?")
            }
        }
        let paths = options.socket.map { [$0] } ?? Endpoint.candidates(SystemCall.environment)
        let found = try Reaching<any Channel>.first(of: paths, readOnlySuffices: readOnlySuffices) {
            (path) throws(ReachFault) in
            do {
                return try Self.start(.socket(path: path), group, patience).wait()
            } catch {
                throw Self.fault(error)
            }
        }
        return Broker(
            .socket(path: found.path), note: found.note, patience: patience, group: group, channel: found.connection)
    }

    /// The answers to several questions, in one round trip.
    func replies(_ requests: [BeanRequest]) throws(ToolError) -> [BeanReply.Value] {
        try Self.replies(answer: Result { try ask(requests).wait() }, count: requests.count)
    }

    /// The answer to one question.
    func value(_ request: BeanRequest) throws(ToolError) -> JSONValue { try replies([request])[0].get() }

    /// The answer to a question that is worked on for long.
    func value(_ request: BeanRequest, patience: TimeAmount) throws(ToolError) -> JSONValue {
        try Self.replies(answer: Result { try ask([request], patience: patience).wait() }, count: 1)[0].get()
    }

    /// Sends questions; the answer is what ``replies(answer:count:)`` reads.
    ///
    /// - Parameter patience: how long the answer may take; nil for as long as the options say.
    func ask(_ requests: [BeanRequest], patience: TimeAmount? = nil) -> EventLoopFuture<HTTPAnswer> {
        let body = JSONWriter.text(.array(requests.map(\.json)))
        return send(.POST, endpoint.beanPath, body: body, patience: patience ?? self.patience, sink: nil)
    }

    /// Opens the stream of events; the future ends when the stream does.
    ///
    /// - Parameters:
    ///   - patience: the longest silence between two events.
    ///   - sink: gets the pieces, on the connection's thread. What it waits for keeps the next from being read.
    func events(
        kinds: [String], patience: TimeAmount, sink: @escaping @Sendable (ByteBuffer) -> Void
    ) -> EventLoopFuture<HTTPAnswer> {
        let query = kinds.isEmpty ? "" : "?kinds=" + kinds.joined(separator: ",")
        return send(.GET, endpoint.eventPath + query, body: [], patience: patience, sink: sink)
    }

    /// The values in an answer, or why there are none.
    static func replies(
        answer: Result<HTTPAnswer, any Error>, count: Int
    ) throws(ToolError) -> [BeanReply.Value] {
        switch answer {
        case .success(let answer): try BeanReply.values(status: answer.status, body: answer.body, count: count)
        case .failure(let error): throw Self.error(error)
        }
    }

    /// What went wrong between question and answer.
    static func error(_ error: any Error) -> ToolError {
        guard let fault = error as? ExchangeFault else {
            return ToolError(.unreachable, "The broker cannot be reached: \(fault(error).text).")
        }
        return switch fault {
        case .timedOut:
            ToolError(.unreachable, "The broker did not answer in time; --timeout gives it more.")
        case .tooLarge:
            ToolError(.failed, "The answer is larger than \(ExchangeHandler.largestAnswer >> 20) MB: ask for less.")
        case .closed: ToolError(.unreachable, "The broker closed the connection: it may be stopping or starting.")
        case .notHTTP: ToolError(.failed, "What answers does not speak HTTP: is this a Skep broker's socket?")
        }
    }

    private func send(
        _ method: HTTPMethod, _ path: String, body: [UInt8], patience: TimeAmount,
        sink: (@Sendable (ByteBuffer) -> Void)?
    ) -> EventLoopFuture<HTTPAnswer> {
        var headers = HTTPHeaders([("Host", "localhost"), ("Accept", sink == nil ? "application/json" : "*/*")])
        if case .url(let url) = endpoint {
            headers.replaceOrAdd(name: "Host", value: url.authority)
            if let value = url.authorization(SystemCall.environment) {
                headers.add(name: "Authorization", value: value)
            }
        }
        if !body.isEmpty {
            headers.add(name: "Content-Type", value: "application/json")
            headers.add(name: "Content-Length", value: "\(body.count)")
        }
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: headers)
        // The question before was answered or has failed, so this waits for nothing.
        if (try? channel.wait().isActive) != true { channel = Self.start(endpoint, group, self.patience) }
        return channel.flatMap { channel in
            let answer = channel.eventLoop.makePromise(of: HTTPAnswer.self)
            let exchange = Exchange(head: head, body: body, patience: patience, sink: sink, answer: answer)
            channel.writeAndFlush(exchange).cascadeFailure(to: answer)
            return answer.futureResult
        }
    }

    private static func start(
        _ endpoint: Endpoint, _ group: MultiThreadedEventLoopGroup, _ patience: TimeAmount
    ) -> EventLoopFuture<any Channel> {
        let bootstrap = ClientBootstrap(group: group).connectTimeout(patience).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHTTPClientHandlers()
                try channel.pipeline.syncOperations.addHandler(ExchangeHandler())
            }
        }
        switch endpoint {
        case .socket(let path): return bootstrap.connect(unixDomainSocketPath: path)
        case .url(let url): return bootstrap.connect(host: url.host, port: url.port)
        }
    }

    private static func fault(_ error: any Error) -> ReachFault {
        if let error = error as? IOError { return ReachFault(errno: error.errnoCode) }
        if let error = error as? NIOConnectionError {
            if let first = error.connectionErrors.first { return Self.fault(first.error) }
            return .other("the name \(error.host) cannot be resolved")
        }
        if let error = error as? SocketAddressError, case .unixDomainSocketPathTooLong = error {
            return .other("the path is too long for a socket")
        }
        if error is ChannelError { return .other("it does not accept connections in time") }
        return .other("\(error)")
    }
}
