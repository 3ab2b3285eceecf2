import BrokerValues
import NIOCore

/// Builds up what stands between a client's socket and MQTT, stage by stage, in the order in which bytes meet them: the
/// PROXY protocol, TLS, WebSocket, MQTT.
///
/// A stage is begun when the one before it is done, since what it does may depend on that. A stage that is done calls the
/// next one from within its handler, which adds behind it, and only then hands on bytes that it has read beyond its own.
/// A stage that fails closes the channel, and answers for a limit on its own time: the shard knows of the connection only
/// from the last stage on.
struct ClientPipeline {
    let runner: ShardRunner
    let door: Door

    /// Begins with a channel that was accepted; to be called on its event loop.
    func begin(on channel: any Channel) throws {
        if door.isPlain { return try startMQTT(on: channel, ConnectionFacts()) }
        try channel.pipeline.syncOperations.addHandler(SocketReader(runner.receiveBuffer))
        try startProxyProtocol(on: channel)
    }

    private func startProxyProtocol(on channel: any Channel) throws {
        guard let proxyProtocol = door.listener.proxyProtocol else {
            return try startTLS(on: channel, ConnectionFacts())
        }
        try channel.pipeline.syncOperations.addHandler(
            ProxyHandler(
                trusted: proxyProtocol.trustedSources, timeLimit: timeLimit, report: door.report,
                next: startTLS))
    }

    private func startTLS(on channel: any Channel, _ facts: ConnectionFacts) throws {
        guard let tls = door.tls else { return try startWebSocket(on: channel, facts) }
        let entry = TLSEntry(Handshake(tls, channel), runner) { channel, security in
            var facts = facts
            facts.security = security
            try startWebSocket(on: channel, facts)
        }
        try channel.pipeline.syncOperations.addHandler(entry)
    }

    private func startWebSocket(on channel: any Channel, _ facts: ConnectionFacts) throws {
        switch door.listener.transport {
        case .tcp: try startMQTT(on: channel, facts)
        case .webSocket(let configuration):
            let webSocket = WebSocketDoor(
                configuration: configuration, clientAddress: facts.address, report: door.report,
                scratch: runner.doorScratch, timeLimit: timeLimit
            ) { try startMQTT(on: $0, facts) }
            try webSocket.addHandlers(to: channel)
        }
    }

    /// How long a stage may take that has no limit of its own: what a client has until its CONNECT.
    private var timeLimit: TimeAmount {
        .milliseconds(Int64(clamping: runner.limits.connectTimeoutMilliseconds))
    }

    private func startMQTT(on channel: any Channel, _ facts: ConnectionFacts) throws {
        let handler = MQTTHandler(
            runner: runner, door: door, facts: facts)
        try channel.pipeline.syncOperations.addHandler(handler)
    }
}
