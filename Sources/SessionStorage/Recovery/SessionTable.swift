import BrokerCore
import MQTTWire
import BrokerValues

/// What a start has to know of each session to tell which messages it still needs.
struct SessionTable {
    /// One session; 40 bytes.
    struct Row {
        var number: SessionNumber
        var cursor: MessageNumber
        /// Where its numbers in flight stand.
        var inFlightStart: UInt32
        var inFlightCount: UInt32
        /// Ends of its list in the ``EntryStore``.
        var first: UInt32 = 0
        var last: UInt32 = 0
        var count: UInt32 = 0
        /// Its record could not be read: what names it is kept, and nothing is handed over.
        var isUnreadable = false
    }

    private(set) var rows: ContiguousArray<Row> = []
    private var inFlight: ContiguousArray<MessageNumber> = []
    private(set) var entries = EntryStore()
    /// Row that was found last: receivers of a message often follow each other.
    private var hint = 0

    /// Adds a session; their numbers must ascend. Returns false if there is no more room.
    mutating func append(_ session: SessionRecord) -> Bool {
        let start = inFlight.count
        guard start < Int(UInt32.max) - 65_536, rows.count < Int(UInt32.max) else { return false }
        for message in session.inFlight where message.number != 0 { inFlight.append(message.number) }
        if inFlight.count - start > 1 { inFlight[start...].sort() }
        rows.append(
            Row(
                number: session.number, cursor: session.cursor, inFlightStart: UInt32(start),
                inFlightCount: UInt32(inFlight.count - start)))
        return true
    }

    /// Adds a session that could not be read.
    mutating func appendUnreadable(_ number: SessionNumber) {
        rows.append(Row(number: number, cursor: 0, inFlightStart: 0, inFlightCount: 0, isUnreadable: true))
    }

    /// What a message is to one of its receivers.
    enum Need: Equatable {
        /// It has finished with it, or is no more.
        case none
        /// It keeps it but not in its queue.
        case kept
        /// It waits in its queue.
        case queued
    }

    /// Takes a message in for one receiver. Returns nil if there is no more room.
    mutating func add(_ number: MessageNumber, _ receiver: ReceiversRecord.Receiver) -> Need? {
        guard let index = find(receiver.session) else { return Need.none }
        let row = rows[index]
        if row.isUnreadable || isInFlight(number, row) { return .kept }
        if number < row.cursor { return Need.none }
        guard
            let place = entries.append(
                number, size: receiver.chargedBytes, qos: receiver.qos, behind: row.last)
        else { return nil }
        if row.first == 0 { rows[index].first = place }
        rows[index].last = place
        rows[index].count += 1
        return .queued
    }

    /// The queue of the session in a row.
    func queue(_ index: Int) -> [StoredEntry] { entries.list(from: rows[index].first, count: rows[index].count) }

    private mutating func find(_ number: SessionNumber) -> Int? {
        for near in [hint, hint + 1] where near < rows.count && rows[near].number == number {
            hint = near
            return near
        }
        var (low, high) = (0, rows.count)
        while low < high {
            let middle = low + (high - low) / 2
            if rows[middle].number < number { low = middle + 1 } else { high = middle }
        }
        guard low < rows.count, rows[low].number == number else { return nil }
        hint = low
        return low
    }

    private func isInFlight(_ number: MessageNumber, _ row: Row) -> Bool {
        guard row.inFlightCount > 0 else { return false }
        let end = Int(row.inFlightStart) + Int(row.inFlightCount)
        var (low, high) = (Int(row.inFlightStart), end)
        while low < high {
            let middle = low + (high - low) / 2
            if inFlight[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low < end && inFlight[low] == number
    }
}
