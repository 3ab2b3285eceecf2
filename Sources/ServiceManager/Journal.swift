import CSystemd
import Glibc

/// The journal of systemd, whose entries have fields; see sd_journal_sendv(3).
package enum Journal {
    /// Fields of one entry at most.
    private static let maximumFields = 64

    /// Whether a descriptor leads to the journal: then entries with fields may take its place. systemd says so with the
    /// device and the number of what it opened, in `$JOURNAL_STREAM`.
    package static func isBehind(_ descriptor: Int32, environment: [String: String]) -> Bool {
        let numbers = (environment["JOURNAL_STREAM"] ?? "").split(separator: ":").map { UInt64($0) }
        guard numbers.count == 2, let device = numbers[0], let number = numbers[1] else { return false }
        var status = stat()
        // Safe: the structure is this function's own.
        guard unsafe fstat(descriptor, &status) == 0 else { return false }
        return UInt64(status.st_dev) == device && UInt64(status.st_ino) == number
    }

    /// Whether anybody takes entries: sending them into nothing is no error for libsystemd.
    package static var isThere: Bool { unsafe access("/run/systemd/journal/socket", F_OK) == 0 }

    /// Sends one entry; waits until the journal has room for it.
    ///
    /// - Parameter fields: each `NAME=value`, where the value may be any bytes.
    /// - Returns: false if the journal does not take it.
    package static func send(_ fields: [[UInt8]]) -> Bool {
        let kept = fields.prefix(maximumFields)
        // One block for all, so that all pointers into it hold for the call.
        var block: [UInt8] = []
        block.reserveCapacity(kept.reduce(0) { $0 + $1.count })
        for field in kept { block += field }
        // Safe: block and list live for the call, each entry of the list is a range within the block, and the call is
        // told how many there are. It does not write through the pointers, whatever the type of iovec says.
        return unsafe block.withUnsafeMutableBytes { bytes in
            var list: [iovec] = unsafe []
            var start = 0
            for field in kept {
                unsafe list.append(iovec(iov_base: bytes.baseAddress.map { unsafe $0 + start }, iov_len: field.count))
                start += field.count
            }
            return unsafe sd_journal_sendv(list, Int32(list.count)) == 0
        }
    }
}
