import Glibc
import Synchronization

/// Wakes a thread that waits in `poll`: from another thread, or from a signal.
///
/// A pipe whose writing end takes one byte for each reason; what it says is not lost while nobody waits.
final class Wakeup: Sendable {
    let reading: Int32
    private let writing: Int32

    init() throws(ToolError) {
        var ends: [Int32] = [0, 0]
        // Safe: pipe fills in the two numbers of the array, which lives for the call.
        guard unsafe pipe(&ends) == 0 else {
            throw ToolError(.failed, "A pipe cannot be made: \(SystemCall.text(of: errno)).")
        }
        for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        (reading, writing) = (ends[0], ends[1])
    }

    deinit {
        close(reading)
        close(writing)
    }

    /// Wakes whoever waits, with a byte that says why. A full pipe wakes all the same.
    func wake(_ reason: UInt8 = 0) { Self.send(reason, to: writing) }

    /// Lets these signals wake this, each with its number, instead of what they do by themselves.
    func catchSignals(_ numbers: [Int32]) {
        signalTarget.store(writing, ordering: .sequentiallyConsistent)
        for number in numbers {
            // Safe: the function calls only what may be called in a signal's handler: an atomic load and write().
            signal(number) { number in
                let before = errno
                Wakeup.send(UInt8(truncatingIfNeeded: number), to: signalTarget.load(ordering: .sequentiallyConsistent))
                errno = before
            }
        }
    }

    /// Everything that was sent since the last time.
    func reasons() -> [UInt8] { Self.bytes(from: reading) }

    /// What can be read from a descriptor now, at most 256 bytes.
    static func bytes(from descriptor: Int32) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 256)
        // Safe: the array lives for the call, and its own length is given.
        let count = unsafe read(descriptor, &buffer, buffer.count)
        return Array(buffer.prefix(max(0, count)))
    }

    /// Waits until one of the descriptors can be read, at most for a time.
    ///
    /// - Returns: whether each can be read.
    static func wait(for descriptors: [Int32], milliseconds: Int32) -> [Bool] {
        var list = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        // Safe: the array lives for the call, and its own length is given.
        guard unsafe poll(&list, nfds_t(list.count), milliseconds) > 0 else { return descriptors.map { _ in false } }
        return list.map { $0.revents != 0 }
    }

    private static func send(_ byte: UInt8, to descriptor: Int32) {
        var byte = byte
        // Safe: one byte that lives for the call.
        _ = unsafe write(descriptor, &byte, 1)
    }
}

/// Where the handler of signals writes; there is one in a process.
private let signalTarget = Atomic<Int32>(-1)
