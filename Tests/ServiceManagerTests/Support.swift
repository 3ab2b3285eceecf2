import Foundation
import Glibc

/// A service manager's notification socket, and what came to it.
final class TestManager {
    let environment: [String: String]
    private let descriptor: Int32
    private let path: String

    init() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "skep-\(UInt32.random(in: .min ... .max))")
            .path
        self.path = path
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        self.descriptor = descriptor
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8)) }
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else { throw POSIXError(.EADDRINUSE) }
        environment = ["NOTIFY_SOCKET": path]
    }

    deinit {
        close(descriptor)
        unsafe _ = unlink(path)
    }

    /// The next message; nil if there is none.
    func message() -> String? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}

/// A socket of 127.0.0.1 that listens, on a port that the system chose.
func listeningSocket() throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0, listen(descriptor, 8) == 0 else { throw POSIXError(.EADDRINUSE) }
    return descriptor
}

/// What was open behind a descriptor: other tests may soon get the same number for something else.
struct OpenFile {
    let descriptor: Int32
    private let number: UInt64

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        number = Self.number(descriptor)
    }

    var isOpen: Bool { Self.number(descriptor) == number }

    private static func number(_ descriptor: Int32) -> UInt64 {
        var status = stat()
        return unsafe fstat(descriptor, &status) == 0 ? UInt64(status.st_ino) : 0
    }
}
