import BrokerTestKit
import NIOCore
import NIOSSL
import NIOTLS
import Synchronization

/// Opens connections with TLS as clients of all kinds do.
struct TLSClient {
    var minimum = TLSVersion.tlsv12
    var maximum: TLSVersion?
    var cipherSuites: String?
    var protocols: [String] = []
    var serverName: String? = "localhost"
    /// The names of a certificate and its key.
    var certificate: String?
    var authority = "ca"
    let certificates: TestCertificates

    init(_ certificates: TestCertificates) { self.certificates = certificates }

    /// A connection whose handshake has begun; what is sent waits for its end.
    ///
    /// - Parameter agreed: gets what ALPN has agreed on.
    func open(
        _ broker: TestBroker, agreed: @escaping @Sendable (String?) -> Void = { _ in }
    ) async throws -> TestClient {
        let context = try NIOSSLContext(configuration: try configuration())
        return try await TestClient.open(broker) { [serverName] channel in
            try channel.pipeline.syncOperations.addHandlers(
                NIOSSLClientHandler(context: context, serverHostname: serverName), EventTap(agreed))
        }
    }

    /// A client that is connected.
    func connect(_ broker: TestBroker, id: String = "") async throws -> TestClient {
        let client = try await open(broker)
        try await client.connect(ConnectFields(id: id))
        return client
    }

    private func configuration() throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = minimum
        configuration.maximumTLSVersion = maximum
        if let cipherSuites { configuration.cipherSuites = cipherSuites }
        configuration.applicationProtocols = protocols
        configuration.trustRoots = .file(certificates.path("\(authority).pem"))
        if let certificate {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(
                certificates.path("\(certificate).pem")
            ).map { .certificate($0) }
            configuration.privateKey = .privateKey(
                try NIOSSLPrivateKey(file: certificates.path("\(certificate).key"), format: .pem))
        }
        return configuration
    }
}

/// Hears what TLS has agreed on, and closes what has failed as any client does.
private final class EventTap: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let agreed: @Sendable (String?) -> Void

    init(_ agreed: @escaping @Sendable (String?) -> Void) { self.agreed = agreed }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? TLSUserEvent, case .handshakeCompleted(let name) = event { agreed(name) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
