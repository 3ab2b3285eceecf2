import BrokerValues
import Glibc
import Logging
import NIOConcurrencyHelpers
import NIOPosix
import ServiceManager

/// Writes the log on a thread of its own, so that who logs never waits for who reads it.
///
/// Safe (unchecked Sendable): what varies is touched with the lock held only.
final class LogWriter: @unchecked Sendable {
    /// What the thread does, which is also what it and ``flush(seconds:)`` wait for.
    private enum State {
        case idle
        case hasEntries
        /// The last entries are being written.
        case isWriting
    }

    /// Bytes of one write.
    private static let batch = 64 * 1024

    let format: LogFormat
    private let descriptor: Int32
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let lock = ConditionLock(value: State.idle)
    private var queue = LogQueue()
    private var isStarted = false
    /// Whether the last line could be written in part only. Touched by the thread alone.
    private var isTorn = false
    private var isWriting = false

    /// A writer whose thread starts with the first message and lives as long as the process.
    ///
    /// - Parameter descriptor: where lines go; what is for the journal does not.
    init(format: LogFormat, descriptor: Int32 = STDERR_FILENO) {
        self.format = format
        self.descriptor = descriptor
    }

    /// Hands a message over; never waits until it is written.
    func append(_ record: LogRecord) {
        let entry = format.entry(record)
        lock.lock()
        queue.append(entry, note: note)
        if !isWriting, queue.isEmpty { queue.appendNote(note) }
        if !isStarted { start() }
        lock.unlock(withValue: state)
    }

    /// Messages that are lost so far because nobody took those before them.
    var leftOutCount: Int {
        lock.lock()
        defer { lock.unlock() }
        return queue.leftOutInAll
    }

    /// Waits until all messages are written.
    ///
    /// - Returns: false if that took too long.
    @discardableResult
    func flush(seconds: Double) -> Bool {
        guard lock.lock(whenValue: .idle, timeoutSeconds: seconds) else { return false }
        lock.unlock()
        return true
    }

    /// To be asked with the lock held.
    private var state: State { !queue.isEmpty ? .hasEntries : isWriting ? .isWriting : .idle }

    private func start() {
        isStarted = true
        thread.start()
        thread.submit { _ in self.run() }
    }

    private func run() {
        while true {
            lock.lock(whenValue: .hasEntries)
            let entries = queue.take(Self.batch)
            isWriting = true
            lock.unlock(withValue: state)
            let lost = write(entries)
            lock.lock()
            isWriting = false
            queue.lost(lost)
            if queue.isEmpty { queue.appendNote(note) }
            lock.unlock(withValue: state)
        }
    }

    /// - Returns: how many of them nobody took.
    private func write(_ entries: [LogEntry]) -> Int {
        switch format {
        case .text, .json:
            return writeLines(entries)
        case .journal:
            return Journal.isThere ? entries.count { !Journal.send($0.fields) } : entries.count
        }
    }

    private func writeLines(_ entries: [LogEntry]) -> Int {
        // The next line must not continue one that was cut.
        let start: [UInt8] = isTorn ? [UInt8(ascii: "\n")] : []
        let bytes = start + entries.flatMap { $0.fields.joined() }
        let written = Descriptor.write(bytes, to: descriptor)
        guard written < bytes.count else {
            isTorn = false
            return 0
        }
        var whole = start.count
        let kept = entries.prefix { entry in
            whole += entry.byteCount
            return whole <= written
        }.count
        isTorn = written > 0 ? bytes[written - 1] != UInt8(ascii: "\n") : isTorn
        return entries.count - kept
    }

    private func note(_ count: Int) -> LogEntry {
        format.entry(
            LogRecord(
                level: .warning, message: "\(count) log lines were left out",
                metadata: [LogKind.field: .string(LogKind.linesLeftOut.rawValue)]))
    }
}

/// Writing that does not give up halfway.
enum Descriptor {
    /// Writes all bytes, and waits as long as it takes.
    ///
    /// - Returns: how many could be written, which is less only if it failed for good.
    @discardableResult
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int {
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
                break
            }
        }
        return start
    }
}
