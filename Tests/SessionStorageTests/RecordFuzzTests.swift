import BrokerCore
import BrokerValues
import MQTTWire
import RandomKit
import SessionMachine
import Testing

@testable import SessionStorage

@Suite("Records that nobody wrote")
struct RecordFuzzTests {
    /// Decodes bytes as each type. Returns how many types took them.
    private func decode(_ bytes: [UInt8]) -> Int {
        let name = Array("a/b".utf8)
        return bytes.withByteView { view in name.withByteView { name in (0..<8).count { decode(view, $0, name) } } }
    }

    private func decode(_ view: ByteView, _ kind: Int, _ name: ByteView) -> Bool {
        let content = ContentRecord(seed: 1)
        let now = (instant: Instant(milliseconds: 5), stamp: Samples.wallClock)
        do throws(RecordFault) {
            switch kind {
            case 0:
                var receivers: [ReceiversRecord.Receiver] = []
                try ReceiversRecord.read(view, into: &receivers)
            case 1: _ = try ReceiversRecord.find(7, in: view)
            case 2: _ = try content.body(view, at: now).chargedBytes
            case 3: _ = try content.will(view)
            case 4: _ = try content.retained(view, topic: name, at: now)
            case 5: _ = try SessionStateRecord.read(view, number: 1, client: name)
            case 6: _ = try AttributeRecord.read(view, key: name)
            default: _ = try SubscriptionRecord.read(view, filter: name)
            }
            return true
        } catch {
            return false
        }
    }

    /// One record of each type.
    private func records() -> [[UInt8]] {
        let message = Samples.message("topic", [1, 2, 3], properties: [1, 0], expiry: 70, publisher: "p")
        var writer = RecordWriter()
        var result: [[UInt8]] = []
        ReceiversRecord.write(
            StoredMessage(
                number: 1, message: message,
                receivers: [Samples.receiver(7, identifiers: [1, 300]), Samples.receiver(1 << 50)]), to: &writer)
        result.append(writer.bytes)
        writer.begin(.body)
        ContentRecord.write(message, stamp: 5, withTopic: true, to: &writer)
        result.append(writer.bytes)
        writer.begin(.will)
        writer.number(500)
        ContentRecord.write(message, stamp: 5, withTopic: true, to: &writer)
        result.append(writer.bytes)
        writer.begin(.retained)
        ContentRecord.write(message, stamp: 5, withTopic: false, to: &writer)
        result.append(writer.bytes)
        let inFlight = [InFlightMessage(packetIdentifier: 1, awaits: .pubrec, number: 1 << 40)]
        SessionStateRecord.write(
            Samples.session(1, cursor: 5, inFlight: inFlight, unreleased: [1, 2], offlineSince: 7), to: &writer)
        result.append(writer.bytes)
        SubscriptionRecord.write(SubscriptionOptions(qos: .exactlyOnce), identifier: 300, to: &writer)
        result.append(writer.bytes)
        AttributeRecord.write(Samples.attribute("a", timestamp: .min), to: &writer)
        result.append(writer.bytes)
        return result
    }

    @Test("Every record is taken by its own type only, and no beginning of one is taken but where the payload is cut")
    func whole() {
        let records = records()
        #expect(records.count == RecordType.allCases.count)
        for record in records {
            #expect(decode(record) == (record[0] == RecordType.receivers.rawValue ? 2 : 1))
            for count in 0..<(record.count - 3) where record[0] != RecordType.receivers.rawValue {
                #expect(decode(Array(record[..<count])) == 0, "\(record[0]) cut to \(count)")
            }
            var newer = record
            newer[1] = 2
            #expect(decode(newer) == 0)
        }
    }

    @Test("Random and changed bytes are refused or taken, and nothing else happens", arguments: Seeds.all)
    func random(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let records = records()
        var (taken, refused) = (0, 0)
        for _ in 0..<5000 {
            var bytes = random.pick(records) ?? []
            if random.chance(30) { bytes = Array(bytes.prefix(2)) + random.bytes(random.below(40)) }
            for _ in 0..<random.below(4) {
                guard !bytes.isEmpty else { break }
                let place = random.below(bytes.count)
                switch random.below(4) {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes[place] ^= 1 << UInt8(random.below(8))
                case 2: bytes.remove(at: place)
                default: bytes.insert(random.chance(50) ? 0xFF : 0, at: place)
                }
            }
            if decode(bytes) > 0 { taken += 1 } else { refused += 1 }
        }
        #expect(taken > 100)
        #expect(refused > 100)
    }

    @Test("Numbers come back at each of their limits", arguments: [0, 1, 127, 128, 16_383, 16_384, 1 << 62, .max])
    func numbers(value: UInt64) throws {
        var writer = RecordWriter()
        writer.begin(.body)
        writer.number(value)
        writer.fixed(value)
        try writer.bytes.withByteView { view throws(RecordFault) in
            var reader = try RecordReader(view, .body)
            #expect(try reader.number() == value)
            #expect(try reader.fixed(UInt64.self) == value)
            try reader.end()
        }
    }

    @Test("A number of more than 64 bits is refused")
    func longNumber() {
        let bytes = [RecordType.body.rawValue, 1] + [UInt8](repeating: 0xFF, count: 9) + [2]
        #expect(throws: RecordFault.value("a number")) {
            try bytes.withByteView { view throws(RecordFault) in
                var reader = try RecordReader(view, .body)
                _ = try reader.number()
            }
        }
    }
}
