import Glibc
import NIOPosix

/// What a conversation with the server can go wrong with; ends the test that had it.
struct HTTPTestFailure: Error, CustomStringConvertible {
    let description: String
}

/// Threads for clients that block, so that they do not take those of Swift's tasks.
enum ClientThreads {
    static let pool: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 32)
        pool.start()
        return pool
    }()
}

/// Does blocking work on a thread of its own.
func onThread<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await ClientThreads.pool.runIfActive(work)
}

/// One answer of the server.
struct HTTPTestAnswer: Sendable, Equatable {
    var status = 0
    /// Names in lower case.
    var headers: [String: String] = [:]
    var body: [UInt8] = []

    var text: String { String(decoding: body, as: UTF8.self) }
}

/// A blocking client that writes and reads bytes, right or wrong.
///
/// Unchecked: a test may hand it from one thread to the next, but only one uses it at a time.
final class HTTPTestClient: @unchecked Sendable {
    /// Generous: only against hanging.
    static let patienceSeconds = 60

    private let descriptor: Int32
    private var received: [UInt8] = []
    private(set) var isAtEnd = false

    /// Connects to a socket in the file system.
    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw HTTPTestFailure(description: "no socket: \(errno)") }
        limitWaiting()
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // Safe: tests use short paths, and no more is copied than there is room for.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in
            unsafe room.copyBytes(from: path.utf8.prefix(room.count - 1))
        }
        // Safe: the pointer is to an address of the size that is given.
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe connect(descriptor, generic, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else { throw HTTPTestFailure(description: "no connection to \(path): \(errno)") }
    }

    private func limitWaiting() {
        var patience = timeval(tv_sec: Self.patienceSeconds, tv_usec: 0)
        // Safe: the size is that of the value.
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    init(port: Int, host: String = "127.0.0.1", receiveBufferBytes: Int32? = nil) throws {
        let isVersion6 = host.contains(":")
        descriptor = socket(isVersion6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw HTTPTestFailure(description: "no socket: \(errno)") }
        if var size = receiveBufferBytes {
            // Safe: the size is that of the value.
            unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        limitWaiting()
        guard isVersion6 ? connect6(port) : connect4(port) else {
            throw HTTPTestFailure(description: "no connection to port \(port): \(errno)")
        }
    }

    deinit { Glibc.close(descriptor) }

    private func connect4(_ port: Int) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        // Safe: the pointer is to an address of the size that is given.
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe connect(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private func connect6(_ port: Int) -> Bool {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = in_port_t(port).bigEndian
        unsafe address.sin6_addr.__in6_u.__u6_addr8.15 = 1
        // Safe: the pointer is to an address of the size that is given.
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe connect(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in6>.size)) == 0
            }
        }
    }

    /// Sends all of it, or as much as the server takes before it closes. Returns whether all went.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            // Safe: the array outlives the call, which reads no more than is there.
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    descriptor, buffer.baseAddress.map { unsafe $0 + sent }, bytes.count - sent,
                    Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    func finishSending() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

    /// Reads more; false at the end of the connection, also if it was reset.
    private func receive() throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65536)
        // Safe: no more than the array's bytes are written.
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        if count > 0 {
            received += buffer.prefix(count)
            return true
        }
        if count < 0, errno == EAGAIN { throw HTTPTestFailure(description: "the server says nothing") }
        isAtEnd = true
        return false
    }

    /// Everything until the server closes.
    func readToEnd() throws -> [UInt8] {
        while try receive() {}
        defer { received = [] }
        return received
    }

    /// The next answer. Those to HEAD have no body.
    func answer(hasBody: Bool = true) throws -> HTTPTestAnswer {
        var end = Self.endOfHead(received)
        while end == nil {
            guard try receive() else {
                throw HTTPTestFailure(
                    description: "closed instead of an answer, after \(String(decoding: received, as: UTF8.self))")
            }
            end = Self.endOfHead(received)
        }
        let headEnd = end ?? 0
        var answer = HTTPTestAnswer()
        let lines = String(decoding: received[..<headEnd], as: UTF8.self).split(separator: "\r\n")
        let words = (lines.first ?? "").split(separator: " ")
        answer.status = words.count > 1 ? Int(words[1]) ?? 0 : 0
        for line in lines.dropFirst() {
            let pair = line.split(separator: ":", maxSplits: 1)
            if pair.count == 2 { answer.headers[pair[0].lowercased()] = String(pair[1].drop { $0 == " " }) }
        }
        let length = hasBody ? Int(answer.headers["content-length"] ?? "0") ?? 0 : 0
        while received.count < headEnd + 4 + length {
            guard try receive() else { throw HTTPTestFailure(description: "closed within a body") }
        }
        answer.body = Array(received[(headEnd + 4)..<(headEnd + 4 + length)])
        received.removeFirst(headEnd + 4 + length)
        return answer
    }

    /// A request with some header fields, and its answer.
    func request(_ method: String = "GET", _ path: String, _ fields: [String] = []) throws -> HTTPTestAnswer {
        send("\(method) \(path) HTTP/1.1\r\nHost: skep\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n")
        return try answer(hasBody: method != "HEAD")
    }

    /// A request with a body, and its answer.
    func post(_ path: String, _ body: String, _ fields: [String] = []) throws -> HTTPTestAnswer {
        let all = ["Host: localhost", "Content-Length: \(body.utf8.count)"] + fields
        send("POST \(path) HTTP/1.1\r\n" + all.map { $0 + "\r\n" }.joined() + "\r\n" + body)
        return try answer()
    }

    /// The next bytes of an answer without a length, until they contain a text.
    func read(until text: String) throws -> String {
        while !String(decoding: received, as: UTF8.self).contains(text) {
            guard try receive() else { throw HTTPTestFailure(description: "closed before \(text)") }
        }
        defer { received = [] }
        return String(decoding: received, as: UTF8.self)
    }

    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        let mark = Array("\r\n\r\n".utf8)
        guard bytes.count >= mark.count else { return nil }
        return (0...(bytes.count - mark.count)).first { bytes[$0] == 13 && Array(bytes[$0..<($0 + 4)]) == mark }
    }
}
