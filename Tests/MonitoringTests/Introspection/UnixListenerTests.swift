import Foundation
import Testing

@testable import Monitoring

/// A path in the folder for temporary files; short, since the path of a socket has little room.
func shortPath(_ name: String) -> String {
    FileManager.default.temporaryDirectory.appending(path: "skep-\(name)").path
}

@Suite("A socket in the file system")
struct UnixListenerTests {
    /// A folder of its own.
    private final class Folder {
        let path = shortPath("\(UInt32.random(in: .min ... .max))")
        init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return try #require(attributes[.posixPermissions] as? Int)
    }

    @Test("It has the permissions that were asked for, and its folder is made", arguments: [0o660, 0o666, 0o600])
    func permissions(mode: Int) throws {
        let folder = try Folder()
        let path = folder.path + "/sub/a.sock"
        let listener = try UnixListener.open(path: path, mode: UInt32(mode), group: "no-such-group", backlog: 5)
        defer { close(listener.descriptor) }
        #expect(try self.mode(path) == mode)
        #expect(throws: Never.self) { try HTTPTestClient(path: path) }
    }

    @Test("What an ended process has left is removed; a socket that is in use is not")
    func stale() throws {
        let folder = try Folder()
        let path = folder.path + "/a.sock"
        let first = try UnixListener.open(path: path, mode: 0o660, group: nil, backlog: 5)
        let failure = #expect(throws: UnixListener.Failure.self) {
            try UnixListener.open(path: path, mode: 0o660, group: nil, backlog: 5)
        }
        #expect(failure?.description == "another process listens there")
        // Without removing the file, as a process that was killed.
        close(first.descriptor)
        #expect(FileManager.default.fileExists(atPath: path))
        let second = try UnixListener.open(path: path, mode: 0o660, group: nil, backlog: 5)
        close(second.descriptor)
    }

    @Test("Only the file that it made is removed, not what somebody else has put in its place")
    func removal() throws {
        let folder = try Folder()
        let path = folder.path + "/a.sock"
        let listener = try UnixListener.open(path: path, mode: 0o660, group: nil, backlog: 5)
        defer { close(listener.descriptor) }
        // Kept under another name, so that its number is not given to the new file.
        try FileManager.default.moveItem(atPath: path, toPath: path + ".old")
        try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
        listener.file?.remove()
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.moveItem(atPath: path + ".old", toPath: path)
        listener.file?.remove()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("A file that is no socket is left alone")
    func noSocket() throws {
        let folder = try Folder()
        let path = folder.path + "/a.sock"
        try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
        let failure = #expect(throws: UnixListener.Failure.self) {
            try UnixListener.open(path: path, mode: 0o660, group: nil, backlog: 5)
        }
        #expect(failure?.description == "something else stands there, which is no socket")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
    }

    @Test("A path that the kernel has no room for is refused in words, and so is a folder that cannot be made")
    func impossible() throws {
        let longest = UnixListener.maximumPathBytes
        let failure = #expect(throws: UnixListener.Failure.self) {
            try UnixListener.open(
                path: "/" + String(repeating: "x", count: longest), mode: 0o660, group: nil, backlog: 5)
        }
        #expect(failure?.description == "the path is longer than \(longest) bytes")
        let folder = #expect(throws: UnixListener.Failure.self) {
            try UnixListener.open(path: "/proc/none/such/a.sock", mode: 0o660, group: nil, backlog: 5)
        }
        #expect(folder?.description.hasPrefix("its folder cannot be made") == true)
    }
}
