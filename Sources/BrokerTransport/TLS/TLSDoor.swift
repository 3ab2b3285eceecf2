package import BrokerValues
import Glibc
import Logging
import NIOSSL
import Synchronization

/// What all connections of one listener with TLS share: the certificates in force, the limit on handshakes, the counts.
package final class TLSDoor: Sendable {
    private struct State {
        var material: TLSMaterial?
        /// The files as they were when they were last read, whether that went well or not.
        var stamps: [FileStamp?] = []
        var reloads = 0
        var failedReloads = 0
    }

    package let listener: ListenerIdentity
    let configuration: TLSListenerConfiguration
    let limit: HandshakeLimit
    let handshakes: HandshakeCounters
    let logger: Logger
    private let applicationProtocols: [String]
    private let state = Mutex(State())

    init(
        _ configuration: TLSListenerConfiguration, _ listener: ListenerConfiguration, handshakes: HandshakeCounters,
        logger: Logger
    ) {
        self.configuration = configuration
        self.listener = listener.identity
        self.handshakes = handshakes
        self.logger = logger
        limit = HandshakeLimit(configuration.concurrentHandshakeLimit)
        applicationProtocols = listener.applicationProtocols
    }

    /// What new connections are encrypted with; nil until the files have been read.
    var context: NIOSSLContext? { state.withLock { $0.material?.context } }

    /// When the certificate in force ceases to be valid, in seconds since 1970; nil until it has been read.
    package var expiry: Int64? { state.withLock { $0.material?.expiry } }
    /// How often new files were taken over, and how often they could not be used.
    package var reloads: (done: Int, failed: Int) { state.withLock { ($0.reloads, $0.failedReloads) } }
    /// Handshakes that are under way.
    package var handshakesUnderWay: Int { limit.underWay }
    /// Sockets that wait for theirs.
    package var handshakesWaiting: Int { limit.waiting }

    /// Reads the files for the first time. Blocks.
    func open() throws(TLSFileFault) {
        let stamps = currentStamps()
        let material = try load()
        state.withLock { state in
            state.material = material
            state.stamps = stamps
        }
        for warning in material.warnings { warn(warning) }
    }

    /// Reads the files again if they have changed, or in any case; whoever is connected stays as he is. Blocks.
    ///
    /// Files that cannot be used change nothing: they may be in the middle of being replaced.
    func reload(always: Bool) {
        // Before the files are read: a change while they are is then seen the next time.
        let stamps = currentStamps()
        guard always || state.withLock({ $0.stamps != stamps }) else { return }
        do {
            let material = try load()
            state.withLock { state in
                state.material = material
                state.stamps = stamps
                state.reloads += 1
            }
            logger.notice(
                "New certificates are in force for new connections",
                metadata: [LogKind.field: "\(LogKind.certificatesRead.rawValue)", "listener": "\(listener)"])
            for warning in material.warnings { warn(warning) }
        } catch {
            state.withLock { state in
                state.stamps = stamps
                state.failedReloads += 1
            }
            warn("\(error); the certificates that were read before stay in force")
        }
    }

    private func load() throws(TLSFileFault) -> TLSMaterial {
        try TLSMaterial.load(
            configuration, applicationProtocols: applicationProtocols, now: WallClock.seconds())
    }

    private func currentStamps() -> [FileStamp?] { configuration.paths.map(FileStamp.init) }

    private func warn(_ text: String) {
        logger.warning(
            "\(text)",
            metadata: [LogKind.field: "\(LogKind.certificatesUnusable.rawValue)", "listener": "\(listener)"])
    }
}

extension TLSListenerConfiguration {
    /// All files that it names.
    package var paths: [String] { identity.paths + (truststore.map { [$0.path] } ?? []) }
}

extension ListenerConfiguration {
    /// What is agreed on by ALPN (RFC 7301); a client that offers none, or others, is let in as well.
    var applicationProtocols: [String] {
        switch transport {
        case .tcp: ["mqtt"]
        case .webSocket: ["http/1.1"]
        }
    }
}

/// The time of day.
enum WallClock {
    /// Seconds since 1970.
    static func seconds() -> Int64 { Int64(time(nil)) }
}
