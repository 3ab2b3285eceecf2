import Foundation
import Glibc
import Synchronization
import Testing

@testable import ServiceManager

@Suite("What the service manager is told", .serialized)
struct NoticeTests {
    @Test("Notices become the assignments of sd_notify(3), several in one message")
    func assignments() {
        #expect(ServiceNotice.message([.ready, .status("Ready")]) == "READY=1\nSTATUS=Ready")
        #expect(ServiceNotice.message([.reloading(monotonicMicroseconds: 17)]) == "RELOADING=1\nMONOTONIC_USEC=17")
        #expect(ServiceNotice.message([.stopping]) == "STOPPING=1")
        #expect(ServiceNotice.message([.watchdog]) == "WATCHDOG=1")
        #expect(ServiceNotice.message([.extendTimeout(microseconds: 9)]) == "EXTEND_TIMEOUT_USEC=9")
    }

    @Test("No status text can add an assignment, and a long one is cut between characters")
    func status() {
        #expect(ServiceNotice.message([.status("a\nREADY=1\0b\r\nc")]) == "STATUS=a READY=1 b  c")
        let long = ServiceNotice.message([.status(String(repeating: "ä", count: 1000))])
        #expect(long == "STATUS=" + String(repeating: "ä", count: 256))
    }

    @Test("A service manager that reads nothing holds nobody up, and hears what is new when it reads again")
    func deaf() throws {
        let manager = try TestManager()
        let notifier = ServiceNotifier(environment: manager.environment)
        unsafe _ = setenv("NOTIFY_SOCKET", manager.environment["NOTIFY_SOCKET"] ?? "", 1)
        defer { unsafe _ = unsetenv("NOTIFY_SOCKET") }
        for number in 0..<10_000 { notifier.tell(.status("\(number)")) }
        var heard: [String] = []
        while heard.last != "READY=1" {
            notifier.tell(.ready)
            while let message = manager.message() { heard.append(message) }
        }
        #expect(heard.first == "STATUS=0")
        #expect(heard.count { $0.hasPrefix("STATUS") } < 10_000)
    }

    @Test("Without a service manager nothing is told and no socket is kept")
    func nobody() throws {
        let notifier = ServiceNotifier(environment: [:])
        #expect(!notifier.isPresent)
        notifier.tell(.ready)
        let socket = try listeningSocket()
        defer { close(socket) }
        #expect(!SocketStore([], notifier).keep(socket, SocketName("front", endpoint: "127.0.0.1:1883")))
        #expect(
            Watchdog(
                environment: ["WATCHDOG_USEC": "1000000"], processIdentifier: 1, probes: [], notifier: notifier) == nil)
    }
}

@Suite("The watchdog")
struct WatchdogTests {
    @Test("The interval is what the service manager asks this process for, and nobody else")
    func interval() {
        func interval(_ environment: [String: String]) -> Duration? {
            Watchdog.interval(environment: environment, processIdentifier: 7)
        }
        #expect(interval(["WATCHDOG_USEC": "2000000"]) == .seconds(2))
        #expect(interval(["WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "7"]) == .seconds(2))
        #expect(interval(["WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "8"]) == nil)
        for text in ["", "0", "-1", "a", "99999999999999999999"] { #expect(interval(["WATCHDOG_USEC": text]) == nil) }
        #expect(interval([:]) == nil)
        #expect(interval(["WATCHDOG_USEC": "\(Int64.max)"]) == .seconds(86_400))
    }

    @Test("It is fed while everybody answers, and never again once one does not")
    func hangs() async throws {
        let (fed, feed) = AsyncStream.makeStream(of: Void.self)
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let rounds = Counter()
        let watchdog = Watchdog(
            interval: .milliseconds(30),
            probes: [
                {},
                {
                    // The fourth round hangs until the gate opens.
                    if rounds.next() == 4 { for await _ in gate { break } }
                },
            ]
        ) { feed.yield() }
        let running = Task { try await watchdog.run() }
        var meals = fed.makeAsyncIterator()
        for _ in 0..<3 { await meals.next() }
        while rounds.value < 4 { await Task.yield() }
        // Many intervals long nothing comes.
        let hungry = Task { await meals.next() }
        try await Task.sleep(for: .milliseconds(300))
        #expect(rounds.value == 4, "no further round begins while one is not over")
        feed.finish()
        #expect(await hungry.value == nil, "it was fed although one did not answer")
        open.finish()
        running.cancel()
        try await running.value
    }
}

/// Counts from everywhere.
private final class Counter: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }

    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
