import BrokerCore
import BrokerValues

/// The entries of all queues while they are put together: 16 bytes each, in the order of the messages, with a list for each
/// session running through them. Kept in pieces, so that it never has to be copied to grow.
struct EntryStore {
    private struct Entry {
        var number: MessageNumber
        /// Two bits of QoS above thirty of the size.
        var sizeAndQoS: UInt32
        /// The session's next entry, plus one; 0 for none.
        var next: UInt32
    }

    private static let pieceBits: UInt32 = 16
    private static let sizeMask: UInt32 = (1 << 30) - 1

    private var pieces: [ContiguousArray<Entry>] = []
    private(set) var count: UInt32 = 0

    /// Adds an entry behind `last`, which is 0 for a list's first. Returns its place plus one; nil if there is no more room.
    mutating func append(
        _ number: MessageNumber, size: UInt32, qos: QualityOfService, behind last: UInt32
    ) -> UInt32? {
        guard count < StorageBounds.mostEntries else { return nil }
        if count & ((1 << Self.pieceBits) - 1) == 0 {
            var piece: ContiguousArray<Entry> = []
            piece.reserveCapacity(1 << Self.pieceBits)
            pieces.append(piece)
        }
        let packed = min(size, Self.sizeMask) | UInt32(qos.rawValue) << 30
        pieces[Int(count >> Self.pieceBits)].append(Entry(number: number, sizeAndQoS: packed, next: 0))
        count += 1
        if last != 0 { pieces[Self.piece(last)][Self.place(last)].next = count }
        return count
    }

    /// The entries of a list, given its first.
    func list(from first: UInt32, count: UInt32) -> [StoredEntry] {
        var result: [StoredEntry] = []
        result.reserveCapacity(Int(count))
        var at = first
        while at != 0 {
            let entry = pieces[Self.piece(at)][Self.place(at)]
            // Two bits hold what a QoS was.
            let qos = QualityOfService(rawValue: UInt8(entry.sizeAndQoS >> 30)) ?? .atMostOnce
            result.append(StoredEntry(number: entry.number, size: entry.sizeAndQoS & Self.sizeMask, qos: qos))
            at = entry.next
        }
        return result
    }

    private static func piece(_ at: UInt32) -> Int { Int((at - 1) >> pieceBits) }
    private static func place(_ at: UInt32) -> Int { Int((at - 1) & ((1 << pieceBits) - 1)) }
}
