import BrokerValues
import NIOCore
import NIOSSL
import NIOTLS

/// Stands behind TLS until it is established, or has failed.
final class TLSWatch: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let handshake: Handshake
    private let tls: NIOSSLServerHandler
    private let serverName: String?
    private let next: (any Channel, TransportSecurity) throws -> Void

    init(
        _ handshake: Handshake, _ tls: NIOSSLServerHandler, serverName: String?,
        next: @escaping (any Channel, TransportSecurity) throws -> Void
    ) {
        self.handshake = handshake
        self.tls = tls
        self.serverName = serverName
        self.next = next
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? TLSUserEvent, case .handshakeCompleted = event else {
            return context.fireUserInboundEventTriggered(event)
        }
        handshake.complete()
        do {
            try next(context.channel, security())
        } catch {
            return context.close(promise: nil)
        }
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        handshake.fail(
            HandshakeOutcome(error, certificate: tls.peerCertificate, now: WallClock.seconds()))
    }

    func channelInactive(context: ChannelHandlerContext) {
        handshake.fail(.disconnected)
        context.fireChannelInactive()
    }

    private func security() -> TransportSecurity {
        let version: TLSProtocol? =
            switch tls.tlsVersion {
            case .tlsv12: .tls12
            case .tlsv13: .tls13
            case .tlsv1, .tlsv11, nil: nil
            }
        var security = TransportSecurity(version: version?.rawValue ?? "TLS")
        security.serverName = serverName
        // Without a truststore nothing was verified, and nothing was asked for.
        if handshake.door.configuration.clientAuthentication != .none {
            security.certificate = (try? tls.peerCertificate?.toDERBytes()).map { ClientCertificate(der: $0) }
        }
        return security
    }
}
