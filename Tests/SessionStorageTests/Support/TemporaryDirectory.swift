import Glibc
import Testing

@testable import SessionStorage

/// A directory of a test's own, removed with all that is in it.
final class TemporaryDirectory {
    let path: String

    init() throws {
        var name = "/var/tmp/skep-storage-"
        var generator = SystemRandomNumberGenerator()
        name += String(generator.next(), radix: 36)
        path = name
        try SystemFile.makeDirectory(path)
    }

    /// Names of the files in it.
    var names: [String] {
        guard let directory = unsafe opendir(path) else { return [] }
        defer { _ = unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            // Safe: the name ends with a zero byte within the entry, which holds until the next is read.
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe String(cString: UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    deinit {
        for name in names { _ = unsafe unlink(path + "/" + name) }
        _ = unsafe rmdir(path)
    }
}

/// Files as bytes.
enum Files {
    static func read(_ path: String) throws -> [UInt8] {
        let file = try SystemFile.open(path, O_RDONLY)
        defer { close(file) }
        var result = [UInt8](repeating: 0, count: SystemFile.size(path) ?? 0)
        // Safe: the array has as many bytes as the call is told.
        let count = unsafe pread(file, &result, result.count, 0)
        return Array(result.prefix(max(0, count)))
    }

    static func write(_ bytes: [UInt8], to path: String) throws {
        let file = try SystemFile.open(path, O_WRONLY | O_CREAT | O_TRUNC)
        defer { close(file) }
        // Safe: the array has as many bytes as the call is told.
        #expect(unsafe pwrite(file, bytes, bytes.count, 0) == bytes.count)
    }
}
