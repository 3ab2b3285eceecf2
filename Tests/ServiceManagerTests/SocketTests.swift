import Glibc
import Testing

@testable import ServiceManager

@Suite("Sockets from the service manager")
struct SocketTests {
    @Test("Names hold only what FDNAME= allows, and no two listeners or endpoints share one")
    func names() {
        let name = SocketName("tcp-listener-1883", endpoint: "[::1]:1883")
        #expect(name.passed == "tcp-listener-1883")
        #expect(name.kept == "tcp-listener-1883@%5B%3A%3A1%5D%3A1883")
        #expect(SocketName("a b", endpoint: "c").passed == "a%20b")
        #expect(SocketName("a%20b", endpoint: "c").passed == "a%2520b")
        #expect(SocketName("ü@\n", endpoint: "c").passed == "%C3%BC%40%0A")
        #expect(SocketName(String(repeating: "x", count: 250), endpoint: "1234").kept?.utf8.count == 255)
        #expect(SocketName(String(repeating: "x", count: 250), endpoint: "12345").kept == nil)
    }

    @Test("A listener takes all sockets of its unit, and one that was kept only without them and for the same endpoint")
    func taking() throws {
        let (first, second, kept, other) =
            (try listeningSocket(), try listeningSocket(), try listeningSocket(), try listeningSocket())
        let name = SocketName("front", endpoint: "0.0.0.0:1883")
        let moved = SocketName("back", endpoint: "0.0.0.0:1884")
        let manager = try TestManager()
        let store = SocketStore(
            [
                .init(name: try #require(name.kept), descriptor: kept), .init(name: "front", descriptor: first),
                .init(name: "front", descriptor: second),
                .init(name: try #require(SocketName("back", endpoint: "0.0.0.0:1900").kept), descriptor: other),
            ], ServiceNotifier(environment: manager.environment))
        #expect(store.take(name) == [first, second])
        #expect(store.take(moved).isEmpty, "its settings have changed")
        #expect(store.take(SocketName("front", endpoint: "0.0.0.0:1")).isEmpty, "taken already")
        let (open, closed) = ([first, second].map(OpenFile.init), [kept, other].map(OpenFile.init))
        let left = store.dropUnclaimed()
        #expect(left.map(\.wasKept) == [true, true])
        #expect(closed.allSatisfy { !$0.isOpen })
        #expect(open.allSatisfy { $0.isOpen })
        #expect(store.dropUnclaimed().isEmpty)
        close(first)
        close(second)
    }

    @Test("What is kept comes back under the same name")
    func keptAgain() throws {
        let socket = try listeningSocket()
        let file = OpenFile(socket)
        let name = SocketName("front", endpoint: "0.0.0.0:1883")
        let store = SocketStore(
            [.init(name: try #require(name.kept), descriptor: socket)], ServiceNotifier(environment: [:]))
        #expect(store.take(name) == [socket])
        #expect(store.dropUnclaimed().isEmpty)
        #expect(file.isOpen)
        close(socket)
    }

    @Test("What is no stream socket that listens is not taken, and is named; only sockets are closed")
    func wrongKinds() throws {
        let datagrams = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        let silent = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var ends: [Int32] = [0, 0]
        #expect(unsafe pipe(&ends) == 0)
        let (sockets, pipe) = ([datagrams, silent].map(OpenFile.init), OpenFile(ends[0]))
        let store = SocketStore(
            [datagrams, silent, ends[0], -1].map { .init(name: "front", descriptor: $0) },
            ServiceNotifier(environment: [:]))
        #expect(store.take(SocketName("front", endpoint: "0.0.0.0:1883")).isEmpty)
        #expect(store.dropUnclaimed() == Array(repeating: .init(name: "front", wasKept: false), count: 4))
        #expect(sockets.allSatisfy { !$0.isOpen })
        #expect(pipe.isOpen, "who announces more than is passed must not have the broker close files of its own")
        ends.forEach { close($0) }
    }

    @Test("Without LISTEN_FDS there are none")
    func none() {
        #expect(SocketStore(notifier: ServiceNotifier(environment: [:])).dropUnclaimed().isEmpty)
    }
}

@Suite("The journal")
struct JournalTests {
    @Test("Standard error is the journal only if systemd says so, with device and number of what is open there")
    func stream() {
        var ends: [Int32] = [0, 0]
        #expect(unsafe pipe(&ends) == 0)
        defer { ends.forEach { close($0) } }
        var status = stat()
        #expect(unsafe fstat(ends[1], &status) == 0)
        func isJournal(_ text: String?) -> Bool {
            Journal.isBehind(ends[1], environment: text.map { ["JOURNAL_STREAM": $0] } ?? [:])
        }
        #expect(isJournal("\(status.st_dev):\(status.st_ino)"))
        #expect(!isJournal("\(status.st_dev):\(status.st_ino &+ 1)"))
        for text in [nil, "", ":", "1", "1:2:3", "a:b", "\(status.st_dev):", "99999999999999999999:1"] {
            #expect(!isJournal(text))
        }
    }
}
