import Glibc

/// Why a sampler has no value. Any of these fails the sampler as a whole: a number that is not known is never a zero.
package enum SamplerError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A file could not be opened or read; the code is an error number of the system.
    case unreadable(path: String, code: CInt)
    /// A file is larger than any of its kind should be.
    case tooLarge(path: String)
    /// A file has a form that is not known, or was cut off.
    case malformed(path: String)
    /// A system call failed.
    case failedCall(name: String, code: CInt)
    /// The machine does not have what the sampler looks for.
    case unsupported(String)

    /// Whether the file is not there for us, so that a fallback may answer. What is there and wrong is a fault.
    var isAbsence: Bool {
        switch self {
        // Pressure files can be opened and then not be read when the kernel has the accounting switched off.
        case .unreadable(_, let code): [ENOENT, ENOTDIR, EACCES, EPERM, EOPNOTSUPP].contains(code)
        case .unsupported: true
        case .tooLarge, .malformed, .failedCall: false
        }
    }

    /// Whether a thread ended before its file was read.
    var isEndOfThread: Bool {
        if case .unreadable(_, let code) = self { code == ENOENT || code == ESRCH } else { false }
    }

    /// One line for the log.
    package var description: String {
        switch self {
        case .unreadable(let path, let code): "\(path) cannot be read: \(SystemCalls.text(of: code))"
        case .tooLarge(let path): "\(path) is larger than \(FileBuffer.capacity) bytes"
        case .malformed(let path): "\(path) has a form that is not known"
        case .failedCall(let name, let code): "\(name) failed: \(SystemCalls.text(of: code))"
        case .unsupported(let what): what
        }
    }
}
