import BrokerValues
import DequeModule
import MQTTWire
import SessionMachine

/// Messages that wait for one client: it is offline, its window is full, or its connection does not take more now.
///
/// The older ones are in memory; behind them may be others of which only the number is here: their content is in the
/// storage alone, see `Shard+StoredQueue`.
struct MessageQueue {
    private var deliveries: Deque<Delivery> = []
    private var stored: Deque<StoredEntry> = []
    /// What the waiting messages are charged, wherever they are.
    private(set) var bytes = 0
    /// What those in memory are charged, and a little for each of the others.
    private(set) var memoryBytes = 0
    /// QoS 0 messages among them: those that came while a hold was on.
    private(set) var atMostOnceCount = 0

    /// Kept beside the two: asked for with every message, which must not look into either.
    private(set) var count = 0
    var isEmpty: Bool { count == 0 }

    /// The first in memory, which may be sent now.
    var first: Delivery? { deliveries.first }

    /// How many are in memory.
    var readyCount: Int { deliveries.count }

    /// Whether the content of some is in the storage alone.
    var hasStored: Bool { !stored.isEmpty }

    /// Number of the first that is stored at all: those before it are done with or in flight.
    var firstNumber: MessageNumber? {
        deliveries.lazy.map(\.storedNumber).first { $0 != 0 } ?? stored.first?.number
    }

    /// Number of the last that is stored.
    var lastNumber: MessageNumber? {
        stored.last?.number ?? deliveries.lazy.map(\.storedNumber).last { $0 != 0 }
    }

    /// Adds one at the end. Behind messages that are in the storage alone, one that is stored becomes one of them.
    mutating func append(_ delivery: Delivery) {
        if !stored.isEmpty, delivery.storedNumber != 0 { return append(StoredEntry(delivery)) }
        deliveries.append(delivery)
        count += 1
        if delivery.qos == .atMostOnce { atMostOnceCount += 1 }
        bytes += delivery.chargedBytes
        memoryBytes += delivery.chargedBytes
    }

    /// Adds one at the end whose content is in the storage.
    mutating func append(_ entry: StoredEntry) {
        stored.append(entry)
        count += 1
        bytes += Int(entry.size)
        memoryBytes += MemoryLayout<StoredEntry>.stride
    }

    /// The first of all is taken out, wherever it is.
    mutating func removeOldest() -> (qos: QualityOfService, storedNumber: MessageNumber)? {
        if let delivery = removeFirst() { return (delivery.qos, delivery.storedNumber) }
        guard let entry = removeFirstStored() else { return nil }
        return (entry.qos, entry.number)
    }

    /// The first in memory is taken out.
    mutating func removeFirst() -> Delivery? {
        guard let delivery = deliveries.popFirst() else { return nil }
        count -= 1
        bytes -= delivery.chargedBytes
        memoryBytes -= delivery.chargedBytes
        if delivery.qos == .atMostOnce { atMostOnceCount -= 1 }
        if deliveries.isEmpty { deliveries = [] }
        return delivery
    }

    private mutating func removeFirstStored() -> StoredEntry? {
        guard let entry = stored.popFirst() else { return nil }
        count -= 1
        bytes -= Int(entry.size)
        memoryBytes -= MemoryLayout<StoredEntry>.stride
        if stored.isEmpty { stored = [] }
        return entry
    }

    /// Puts all of `other`, older messages, in front. What is here must be in memory.
    mutating func prepend(_ other: MessageQueue) {
        let newer = deliveries
        self = other
        for delivery in newer { append(delivery) }
    }

    /// Takes out all QoS 0 messages, in order.
    mutating func removeAtMostOnce() -> [Delivery] {
        guard atMostOnceCount > 0 else { return [] }
        let removed = deliveries.filter { $0.qos == .atMostOnce }
        deliveries.removeAll { $0.qos == .atMostOnce }
        let size = removed.reduce(0) { $0 + $1.chargedBytes }
        count -= removed.count
        bytes -= size
        memoryBytes -= size
        atMostOnceCount = 0
        return Array(removed)
    }

    // MARK: - Storage

    /// Forgets the content of all that is stored, if nothing else is here: their client has gone.
    mutating func pageOut() {
        guard !deliveries.isEmpty, deliveries.allSatisfy({ $0.storedNumber != 0 }) else { return }
        var entries = Deque<StoredEntry>()
        entries.reserveCapacity(count)
        for delivery in deliveries {
            entries.append(StoredEntry(delivery))
            memoryBytes -= delivery.chargedBytes - MemoryLayout<StoredEntry>.stride
        }
        entries.append(contentsOf: stored)
        deliveries = []
        stored = entries
    }

    /// The numbers of the next messages to be read back.
    func numbersToRead(maximumCount: Int, maximumBytes: Int) -> [MessageNumber] {
        var numbers: [MessageNumber] = []
        var size = 0
        for entry in stored.prefix(maximumCount) {
            size += Int(entry.size)
            if size > maximumBytes, !numbers.isEmpty { break }
            numbers.append(entry.number)
        }
        return numbers
    }

    /// Messages were read back: those that still wait are in memory from now on.
    ///
    /// - Parameter numbers: what was asked for; what is missing among it cannot be read.
    /// - Returns: the messages that could not be read.
    mutating func wasRead(_ answers: [LoadedDelivery], of numbers: [MessageNumber]) -> [StoredEntry] {
        // Its client may have gone meanwhile, so that older messages are out of memory again: these have their turn later.
        guard let begin = numbers.first, let last = numbers.last, let first = stored.first, first.number >= begin else {
            return []
        }
        var missing: [StoredEntry] = []
        for answer in answers {
            while let first = stored.first, first.number < answer.number, let entry = removeFirstStored() {
                missing.append(entry)
            }
            // It may have been discarded meanwhile.
            guard stored.first?.number == answer.number, removeFirstStored() != nil else { continue }
            var delivery = answer.delivery
            delivery.storedNumber = answer.number
            deliveries.append(delivery)
            count += 1
            bytes += delivery.chargedBytes
            memoryBytes += delivery.chargedBytes
        }
        while let first = stored.first, first.number <= last, let entry = removeFirstStored() {
            missing.append(entry)
        }
        return missing
    }

    /// Numbers of all that is stored.
    var storedNumbers: [MessageNumber] {
        deliveries.lazy.map(\.storedNumber).filter { $0 != 0 } + stored.lazy.map(\.number)
    }

    /// Gives every message in memory that is not stored to `body`, which may give it a number.
    mutating func number(_ body: (inout Delivery) -> Void) {
        for index in deliveries.indices where deliveries[index].storedNumber == 0 { body(&deliveries[index]) }
    }

    /// Gives every message in memory that is stored to `body`, which may give it another number.
    mutating func renumber(_ body: (inout Delivery) -> Void) {
        for index in deliveries.indices where deliveries[index].storedNumber != 0 { body(&deliveries[index]) }
    }
}

extension StoredEntry {
    /// The entry of a message whose content is forgotten.
    init(_ delivery: Delivery) {
        self.init(
            number: delivery.storedNumber, size: UInt32(clamping: delivery.chargedBytes), qos: delivery.qos)
    }
}
