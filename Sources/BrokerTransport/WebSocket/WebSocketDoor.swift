import BrokerValues
import NIOCore
import NIOHTTP1

/// What the handlers of a WebSocket listener share, and how they are put into a channel.
struct WebSocketDoor {
    let configuration: WebSocketConfiguration
    /// The client's own address, where a proxy has said it.
    let clientAddress: String?
    let report: DoorReport
    let scratch: DoorScratch
    /// How long the request may take.
    let timeLimit: TimeAmount
    /// Adds the handlers of the next stage at the end of the pipeline.
    let next: (any Channel) throws -> Void

    /// What a request may have: far more than browsers send, far less than NIO takes.
    private static let limits: NIOHTTPDecoderLimitConfiguration = {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 4096
        limits.maxHeaderListSize = 12 * 1024
        limits.maxHeaderFieldCount = 64
        return limits
    }()

    /// Adds the handlers at the end of the pipeline.
    func addHandlers(to channel: any Channel) throws {
        let gate = RequestGate()
        let decoder = ByteToMessageHandler(
            HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: Self.limits))
        try channel.pipeline.syncOperations.addHandlers([
            gate, decoder, WebSocketUpgradeHandler(self, gate: gate, decoder: decoder),
        ])
    }

    func refused(_ refusal: WebSocketRefusal, _ address: SocketAddress?) {
        report.refused(refusal, address: clientAddress ?? address.flatMap(EndpointText.of) ?? "unknown")
    }
}
