import CSystemd
import Glibc
import Synchronization

/// The sockets that a service manager opened for the broker (socket activation) or keeps for it over a restart (file
/// descriptor store): clients that come while the broker is away wait in their backlogs and are not refused.
package final class SocketStore: Sendable {
    /// A socket that was there before the broker.
    struct Inherited: Sendable, Hashable {
        let name: String
        let descriptor: Int32
    }

    /// What became of a socket that nobody asked for.
    package struct Unclaimed: Sendable, Hashable {
        package let name: String
        /// Whether it was the broker's own, from before a change of its settings. Else a socket unit is at fault.
        package let wasKept: Bool
    }

    /// Descriptors that are looked at; more than any unit passes.
    private static let maximumCount = 4096

    private let notifier: ServiceNotifier
    private let waiting: Mutex<[Inherited]>
    /// Why nothing could be taken of what was offered, in the system's words; nil if all is well.
    package let fault: String?

    /// Takes what `LISTEN_PID`, `LISTEN_FDS` and `LISTEN_FDNAMES` offer. Only one store of a process may.
    package convenience init(notifier: ServiceNotifier) {
        let (sockets, error) = Self.passedByEnvironment()
        // Safe: `strerror` answers with a text of the C library, copied at once.
        self.init(sockets, notifier, fault: error == 0 ? nil : unsafe String(cString: strerror(error)))
    }

    init(_ inherited: [Inherited], _ notifier: ServiceNotifier, fault: String? = nil) {
        waiting = Mutex(inherited)
        self.fault = fault
        self.notifier = notifier
    }

    /// The descriptors of the sockets for a listener: those of a socket unit, else the one that was kept; empty for
    /// none. They belong to the caller from now on.
    package func take(_ name: SocketName) -> [Int32] {
        waiting.withLock { waiting in
            let found = waiting.filter { $0.name == name.passed && Self.listens($0.descriptor) }
            let taken = found.isEmpty ? waiting.filter { $0.name == name.kept && Self.listens($0.descriptor) } : found
            // One is enough: a second one was kept by mistake.
            let mine = found.isEmpty ? Array(taken.prefix(1)) : taken
            waiting.removeAll { mine.contains($0) }
            return mine.map(\.descriptor)
        }
    }

    /// Lets the service manager keep a socket over a restart; does nothing without one.
    ///
    /// - Returns: whether it was given away.
    @discardableResult
    package func keep(_ descriptor: Int32, _ name: SocketName) -> Bool {
        guard let kept = name.kept else { return false }
        return notifier.keep(descriptor, as: kept)
    }

    /// Closes what nobody has taken, and lets the service manager forget it: nobody would ever answer there.
    package func dropUnclaimed() -> [Unclaimed] {
        let left = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        return left.map { socket in
            let wasKept = SocketName.isKept(socket.name)
            // Where fewer were passed than announced, the number may be something of this process by now.
            if Self.isSocket(socket.descriptor) { close(socket.descriptor) }
            if wasKept { notifier.forget(socket.name) }
            return Unclaimed(name: socket.name, wasKept: wasKept)
        }
    }

    /// Whether it is a stream socket that listens.
    private static func listens(_ descriptor: Int32) -> Bool {
        sd_is_socket(descriptor, AF_UNSPEC, Int32(SOCK_STREAM.rawValue), 1) > 0
    }

    private static func isSocket(_ descriptor: Int32) -> Bool {
        sd_is_socket(descriptor, AF_UNSPEC, 0, -1) > 0
    }

    /// The sockets, and the number of the error that there was.
    private static func passedByEnvironment() -> ([Inherited], Int32) {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        // Safe: the list that is made has as many entries as the call returns, and is freed below with each of them.
        let count = Int(unsafe sd_listen_fds_with_names(0, &names))
        guard count > 0, let list = unsafe names else { return ([], Int32(max(0, -count))) }
        var sockets: [Inherited] = []
        for number in 0..<count {
            let name = unsafe list[number].map { unsafe String(cString: $0) } ?? ""
            unsafe free(list[number])
            let descriptor = Int32(SD_LISTEN_FDS_START) + Int32(number)
            if number < maximumCount { sockets.append(Inherited(name: name, descriptor: descriptor)) }
        }
        unsafe free(list)
        return (sockets, 0)
    }
}
