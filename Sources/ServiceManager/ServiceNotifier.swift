import CSystemd
import Glibc
import NIOPosix
import Synchronization

/// Tells the service manager that started the broker how it is. Without one, nothing is told and nothing fails.
///
/// It is told on a thread of its own: its socket takes a few messages only, and who writes to it waits for it to read.
package final class ServiceNotifier: Sendable {
    /// Messages that may wait to be sent; further ones are left out, as the same will soon be told again.
    private static let maximumWaiting = 64

    /// Whether there is somebody to tell.
    package let isPresent: Bool
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let waiting = Atomic<Int>(0)

    /// Looks whether `$NOTIFY_SOCKET` names a socket.
    package init(environment: [String: String]) {
        isPresent = environment["NOTIFY_SOCKET"]?.isEmpty == false
        if isPresent { thread.start() }
    }

    deinit { if isPresent { thread.shutdownGracefully { _ in } } }

    /// Tells all of it in one message, and does not wait until that is sent.
    package func tell(_ notices: ServiceNotice...) {
        guard !notices.isEmpty else { return }
        send(ServiceNotice.message(notices))
    }

    private func send(_ message: String) {
        // Safe: the text lives for the call. The environment stays as it is, since other threads may read it.
        submit { unsafe _ = sd_notify(0, message) }
    }

    private func submit(_ work: @escaping @Sendable () -> Void) {
        guard isPresent else { return }
        guard waiting.add(1, ordering: .relaxed).newValue <= Self.maximumWaiting else {
            waiting.subtract(1, ordering: .relaxed)
            return
        }
        thread.submit { [self] _ in
            work()
            waiting.subtract(1, ordering: .relaxed)
        }
    }

    /// Says that a reload begins now.
    package func tellReloading() {
        var now = timespec()
        // Safe: the structure is this function's own.
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        tell(.reloading(monotonicMicroseconds: UInt64(now.tv_sec) * 1_000_000 + UInt64(now.tv_nsec) / 1_000))
    }

    /// Gives a copy of a descriptor to the service manager, who passes it back after a restart.
    ///
    /// - Returns: whether there is somebody to give it to. Who keeps none, for want of `FileDescriptorStoreMax=`, does not
    ///   say so.
    func keep(_ descriptor: Int32, as name: String) -> Bool {
        // A copy, since the original may be closed before this is sent.
        let copy = isPresent ? fcntl(descriptor, F_DUPFD_CLOEXEC, 0) : -1
        guard copy >= 0 else { return false }
        // A socket that listens never hangs up, so there is nothing to wait for.
        let message = "FDSTORE=1\nFDPOLL=0\nFDNAME=\(name)"
        submit {
            // Safe: text and number live for the call, which is told that there is one descriptor.
            unsafe withUnsafePointer(to: copy) { unsafe _ = sd_pid_notify_with_fds(0, 0, message, $0, 1) }
            close(copy)
        }
        return true
    }

    /// Lets the service manager forget what it keeps by this name.
    func forget(_ name: String) {
        send("FDSTOREREMOVE=1\nFDNAME=\(name)")
    }
}
