package import BrokerValues
import Glibc
import NIOCore

/// Why the transport could not start, in words that say what to do.
package struct TransportError: Error, CustomStringConvertible {
    package let listener: ListenerIdentity
    package let reason: String

    /// - Parameter error: what opening the listener failed with.
    init(_ listener: ListenerConfiguration, _ error: any Error) {
        self.listener = listener.identity
        reason = Self.words(for: error, listener.bindAddress, listener.port)
    }

    /// - Parameter fault: what is wrong with a file of its certificates or keys.
    init(_ listener: ListenerIdentity, _ fault: TLSFileFault) {
        self.listener = listener
        reason = fault.description
    }

    /// One sentence with the listener's name.
    package var description: String { "The listener \(listener) cannot be opened: \(reason)" }

    private static func words(for error: any Error, _ host: String, _ port: Int) -> String {
        let place = EndpointText.of(host, port)
        if error is SocketAddressError.UnknownHost {
            return "\(EndpointText.of(host)) is no address, and no host of this name is known"
        }
        guard let error = error as? IOError else { return "\(place): \(error)" }
        switch error.errnoCode {
        case EADDRINUSE:
            return "\(place) is in use by another program; `ss -ltnp 'sport = :\(port)'` shows which"
        case EADDRNOTAVAIL, EAFNOSUPPORT:
            return "\(EndpointText.of(host)) is no address of this machine; `ip address` shows those it has"
        case EACCES, EPERM:
            let hint = port < 1024 ? "; ports below 1024 are for root, or need CAP_NET_BIND_SERVICE" : ""
            return "this user may not listen on \(place)\(hint)"
        default: return "\(place): \(systemText(error.errnoCode))"
        }
    }

    private static func systemText(_ code: CInt) -> String {
        // Safe: `strerror` answers with a text of the C library, copied at once.
        unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    }
}
