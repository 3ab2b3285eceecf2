import CEpoll
import Glibc

/// One epoll instance, for one thread: which sockets can be read or written, level-triggered.
///
/// Safe: events bear numbers, never the pointers that the kernel would also take.
@safe final class Poller {
    /// What a socket is watched for.
    struct Interest: OptionSet {
        let rawValue: UInt32
        static let read = Interest(rawValue: EPOLLIN.rawValue)
        static let write = Interest(rawValue: EPOLLOUT.rawValue)
    }

    /// One socket that something can be done with.
    struct Event {
        let token: Int
        let isReadable: Bool
        let isWritable: Bool
        /// The connection is broken or was closed by the peer; a read or the pending error says how.
        let isHungUp: Bool
    }

    private let descriptor: Int32
    private var events = unsafe [epoll_event](repeating: epoll_event(), count: 256)

    init() throws(BenchError) {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        if descriptor < 0 { throw .system("epoll_create1") }
    }

    deinit { close(descriptor) }

    /// Watches a socket; its events bear the token. A socket that is closed is no longer watched.
    func add(_ socket: Int32, token: Int, _ interest: Interest) throws(BenchError) {
        try control(EPOLL_CTL_ADD, socket, token, interest)
    }

    /// Watches a socket for something else.
    func change(_ socket: Int32, token: Int, _ interest: Interest) throws(BenchError) {
        try control(EPOLL_CTL_MOD, socket, token, interest)
    }

    private func control(_ call: Int32, _ socket: Int32, _ token: Int, _ interest: Interest) throws(BenchError) {
        // Safe: the structure is this function's own.
        var event = unsafe epoll_event()
        unsafe event.events = interest.rawValue
        unsafe event.data.u64 = UInt64(token)
        if unsafe epoll_ctl(descriptor, call, socket, &event) != 0 { throw .system("epoll_ctl") }
    }

    /// Waits until something can be done, at most this long; returns how many events there are.
    @inline(__always)
    func wait(nanoseconds: Int) throws(BenchError) -> Int {
        let time = max(0, nanoseconds)
        var limit = timespec(tv_sec: time / MonotonicClock.second, tv_nsec: time % MonotonicClock.second)
        // Safe: the array is this object's own and has room for as many events as are asked for.
        let count = unsafe epoll_pwait2(descriptor, &events, Int32(events.count), &limit, nil)
        if count < 0, errno != EINTR { throw .system("epoll_pwait2") }
        return Int(max(0, count))
    }

    /// One event of the last wait.
    @inline(__always)
    func event(_ index: Int) -> Event {
        // Safe: only numbers are read, and ``add(_:token:_:)`` has written no pointer.
        let token = unsafe Int(truncatingIfNeeded: events[index].data.u64)
        let bits = unsafe events[index].events
        return Event(
            token: token, isReadable: bits & EPOLLIN.rawValue != 0, isWritable: bits & EPOLLOUT.rawValue != 0,
            isHungUp: bits & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0)
    }
}
