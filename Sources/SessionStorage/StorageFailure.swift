/// Why the storage could not do what it was asked for. Nothing that was stored is touched by a failure, and what failed
/// can be tried again.
package enum StorageFailure: Error, Sendable, Equatable {
    /// Another process has the directory.
    case inUse(path: String, processIdentifier: Int32?)
    /// A newer program has written the file.
    case newerSchema(path: String, found: Int, known: Int)
    /// The file is none of SQLite's, or one of another program.
    case notADatabase(path: String, reason: String)
    /// It may not be written, or a directory of the path is not there.
    case notWritable(path: String, reason: String)
    /// The file system has no room.
    case full(path: String, reason: String)
    /// Something in the file is not as it was written.
    case corrupt(path: String, reason: String)
    /// Reading or writing has failed in another way.
    case inputOutput(path: String, reason: String)
    /// A value that cannot be stored: our own fault.
    case unstorable(reason: String)
    /// The file that is to be made is there already.
    case exists(path: String)
    /// A backup that is no good.
    case unsound(path: String, findings: [String])
}

extension StorageFailure: CustomStringConvertible {
    /// What has happened, where, and what to do about it.
    package var description: String {
        switch self {
        case .inUse(let path, let processIdentifier):
            let holder = processIdentifier.map { "the process \($0)" } ?? "another process"
            return "\(path) is in use by \(holder): stop it, or give this one a directory of its own"
        case .newerSchema(let path, let found, let known):
            return "\(path) was written by a newer version of the broker (schema \(found), this one knows up to "
                + "\(known)): start that version, or restore a backup of this one; nothing was changed"
        case .notADatabase(let path, let reason):
            return "\(path) is not a database of this broker (\(reason)): move it away, or name another directory; "
                + "nothing was changed"
        case .notWritable(let path, let reason):
            return "\(path) cannot be written (\(reason)): check that it is there and who owns it, and that the file "
                + "system is writable"
        case .full(let path, let reason):
            return "no room to write \(path) (\(reason)): make room on its file system"
        case .corrupt(let path, let reason):
            return "\(path) is damaged (\(reason)): keep a copy, check the disk, and restore a backup"
        case .inputOutput(let path, let reason):
            return "\(path) cannot be read or written (\(reason)): check the disk and the system's log"
        case .unstorable(let reason):
            return "a value that cannot be stored: \(reason)"
        case .exists(let path):
            return "\(path) exists already and is not overwritten: name another file"
        case .unsound(let path, let findings):
            let shown = findings.prefix(3).joined(separator: "; ")
            return "\(path) is not sound (\(shown)): nothing was restored from it; take another backup"
        }
    }
}
