import Glibc
import NIOConcurrencyHelpers
import NIOPosix

/// Writes lines to a descriptor on a thread of its own, so that who logs never waits for who reads the log.
///
/// Safe (unchecked Sendable): what varies is touched with the lock held only.
final class LineWriter: @unchecked Sendable {
    /// What the thread does, which is also what it and ``flush(seconds:)`` wait for.
    private enum State {
        case idle
        case hasLines
        /// The last lines are being written.
        case isWriting
    }

    /// Bytes of one write.
    private static let batch = 64 * 1024

    private let descriptor: Int32
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let lock = ConditionLock(value: State.idle)
    private var queue = LineQueue()
    private var isStarted = false
    private var isWriting = false

    /// A writer whose thread starts with the first line and lives as long as the process.
    init(descriptor: Int32) { self.descriptor = descriptor }

    /// Hands a line over; never waits for the descriptor.
    func append(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        lock.lock()
        queue.append(bytes, note: Self.note)
        if !isWriting, queue.isEmpty { queue.appendNote(Self.note) }
        if !isStarted { start() }
        lock.unlock(withValue: state)
    }

    /// Lines that were left out so far because nobody took those before them.
    var leftOutCount: Int {
        lock.lock()
        defer { lock.unlock() }
        return queue.leftOutInAll
    }

    /// Waits until all lines are written.
    ///
    /// - Returns: false if that took too long.
    @discardableResult
    func flush(seconds: Double) -> Bool {
        guard lock.lock(whenValue: .idle, timeoutSeconds: seconds) else { return false }
        lock.unlock()
        return true
    }

    /// To be asked with the lock held.
    private var state: State { !queue.isEmpty ? .hasLines : isWriting ? .isWriting : .idle }

    private func start() {
        isStarted = true
        thread.start()
        thread.submit { _ in self.run() }
    }

    private func run() {
        while true {
            lock.lock(whenValue: .hasLines)
            let bytes = queue.take(Self.batch)
            isWriting = true
            lock.unlock(withValue: state)
            Descriptor.write(bytes, to: descriptor)
            lock.lock()
            isWriting = false
            if queue.isEmpty { queue.appendNote(Self.note) }
            lock.unlock(withValue: state)
        }
    }

    private static func note(_ count: Int) -> [UInt8] {
        Array("\(LineLogHandler.timestamp()) warning \(count) log lines were left out\n".utf8)
    }
}

/// Writing that does not give up halfway.
enum Descriptor {
    /// Writes all bytes, and waits as long as it takes. What cannot be written for good is lost: there is no other place
    /// to say so.
    static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var start = 0
        while start < bytes.count {
            // Safe: the array lives for the call, and the slice is within it.
            let written = unsafe bytes[start...].withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if written > 0 {
                start += written
            } else if written < 0, errno == EAGAIN {
                var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                // Safe: one structure of this function's own. Bounded, in case the descriptor never says that it is ready.
                _ = unsafe poll(&wanted, 1, 1_000)
            } else if written < 0, errno != EINTR {
                return
            }
        }
    }
}
