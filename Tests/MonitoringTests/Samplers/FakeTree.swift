import Foundation

@testable import Monitoring

/// A `/proc` and a `/sys` in a temporary directory, complete and as a real machine shows them.
final class FakeTree {
    let top = FileManager.default.temporaryDirectory.appending(path: "skep-samplers-\(UUID().uuidString)")

    init() throws {
        for (path, text) in FakeFiles.all { try write(path, text) }
        for name in ["0", "1", "2", "57"] { try write("proc/self/fd/\(name)", "") }
    }

    deinit { try? FileManager.default.removeItem(at: top) }

    /// The root that samplers get.
    var root: ProcRoot {
        ProcRoot(proc: "\(top.path)/proc", sys: "\(top.path)/sys", systemInformation: { FakeFiles.information })
    }

    /// The root, with a kernel that does not answer either.
    var mute: ProcRoot {
        ProcRoot(proc: "\(top.path)/proc", sys: "\(top.path)/sys", systemInformation: { nil })
    }

    func write(_ path: String, _ text: String) throws { try write(path, Array(text.utf8)) }

    /// Into the same file when it is there, as the kernel does it.
    func write(_ path: String, _ bytes: [UInt8]) throws {
        let url = top.appending(path: path)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url, options: [])
    }

    func remove(_ paths: String...) throws {
        for path in paths { try FileManager.default.removeItem(at: top.appending(path: path)) }
    }

    /// Puts a directory where a file was.
    func makeDirectory(_ path: String) throws {
        try remove(path)
        try FileManager.default.createDirectory(at: top.appending(path: path), withIntermediateDirectories: true)
    }

    /// What `ProcSubset=pid` does: all of `/proc` but the directories of processes is gone.
    func hideHost() throws {
        try remove("proc/loadavg", "proc/uptime", "proc/meminfo", "proc/stat", "proc/diskstats", "proc/pressure")
    }
}

extension Sampler where Self: ~Copyable {
    /// One value with a buffer of its own.
    mutating func sample(at now: UInt64 = 1) throws(SamplerError) -> Value {
        var buffer = FileBuffer()
        return try sample(&buffer, at: now)
    }
}
