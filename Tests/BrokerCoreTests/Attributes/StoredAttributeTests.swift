import BrokerCore
import BrokerValues
import Introspection
import MQTTWire
import SimulationKit
import Testing

@Suite("Attributes of sessions that are stored")
struct StoredAttributeTests {
    private let setting = StorageSetting()
    private var shard: Shard { setting.broker.shard }

    /// Keeps what was answered.
    private final class Answers {
        var puts: [Result<AttributePut, AttributeFailure>] = []
        var removals: [Result<SessionAttribute?, AttributeFailure>] = []
        var counts: [Result<Int, AttributeFailure>] = []
        var count: Int { puts.count + removals.count + counts.count }
    }

    private let answers = Answers()

    private func put(_ key: String, _ value: [UInt8] = [1], _ condition: AttributeCondition = .always) {
        shard.putAttribute(key, value, timestamp: 5, condition, of: "c", now: setting.broker.now) { [answers] in
            answers.puts.append($0)
        }
        setting.broker.settle()
    }

    private func attribute(_ key: String, _ value: [UInt8] = [1]) -> SessionAttribute {
        SessionAttribute(key: Array(key.utf8), value: value, timestamp: 5)
    }

    @Test("A put is answered when it is safe, and survives a crash from then on")
    func put() throws {
        _ = try TestClient.connected(setting.broker, .durable("c"))
        setting.broker.settle()
        setting.storage.isHolding = true
        put("a")
        #expect(answers.count == 0)
        #expect(try shard.attribute("a", of: "c") == attribute("a"), "it is seen before")
        setting.storage.isHolding = false
        setting.broker.settle()
        #expect(answers.puts == [.success(AttributePut(previous: nil, isStored: true))])
        setting.crash()
        #expect(try shard.attributes(of: "c") == [attribute("a")])
        #expect(setting.broker.client("c")?.attributeCount == 1)
    }

    @Test("An answer that nothing was changed waits for what it tells of; with nothing under way none waits")
    func unchanged() throws {
        _ = try TestClient.connected(setting.broker, .durable("c"))
        setting.broker.settle()
        setting.storage.isHolding = true
        put("a")
        put("a", [2], .ifNewer)
        shard.removeAttribute("b", of: "c", now: setting.broker.now) { [answers] in answers.removals.append($0) }
        setting.broker.settle()
        #expect(answers.count == 0)
        setting.storage.isHolding = false
        setting.broker.settle()
        #expect(answers.puts.last == .success(AttributePut(previous: attribute("a"), isStored: false)))
        #expect(answers.removals == [.success(nil)])
        setting.storage.isHolding = true
        put("a", [3], .ifNewer)
        #expect(answers.puts.count == 3)
    }

    @Test("What was taken away stays away, and a session that ends leaves nothing in the storage")
    func removal() throws {
        let client = try TestClient.connected(setting.broker, .durable("c", expiry: 5))
        for key in ["a", "b", "c"] { put(key) }
        shard.removeAttribute("a", of: "c", now: setting.broker.now) { [answers] in answers.removals.append($0) }
        setting.broker.settle()
        #expect(answers.removals == [.success(attribute("a"))])
        setting.crash()
        let left = try shard.attributes(of: "c").map { String(decoding: $0.key, as: UTF8.self) }
        #expect(left.sorted() == ["b", "c"])
        shard.removeAttributes(of: "c", now: setting.broker.now) { [answers] in answers.counts.append($0) }
        put("d")
        #expect(answers.counts == [.success(2)])
        setting.crash()
        #expect(try shard.attributes(of: "c") == [attribute("d")])
        _ = client
        setting.broker.advanceSettling(milliseconds: 6_000)
        #expect(throws: AttributeFailure.absent) { try shard.attributes(of: "c") }
        #expect(setting.storage.leftovers == [])
    }

    @Test("A session without a future waits for nothing; when it gets one, its attributes are stored with it")
    func later() throws {
        _ = try setting.client("c")
        setting.storage.isHolding = true
        put("a")
        #expect(answers.puts.count == 1)
        setting.storage.isHolding = false
        var restrictions = ClientRestrictions()
        restrictions.sessionExpiry = 100
        #expect(shard.setRestrictions(restrictions, of: "c", now: setting.broker.now))
        setting.broker.settle()
        setting.crash()
        #expect(try shard.attributes(of: "c") == [attribute("a")])
    }

    @Test("Who waits for a storage that has failed for long is told so once, and what was put is tried again")
    func failing() throws {
        _ = try TestClient.connected(setting.broker, .durable("c"))
        setting.broker.settle()
        setting.storage.isHolding = true
        put("a")
        setting.storage.fail(setting.broker)
        #expect(answers.puts == [.failure(.notStored)])
        setting.storage.isHolding = false
        setting.broker.settle()
        #expect(answers.puts.count == 1)
        #expect(try shard.attribute("a", of: "c") == attribute("a"), "it was tried again")
        setting.storage.isHolding = true
        put("b")
        #expect(answers.puts.count == 1)
        setting.crash()
        #expect(answers.puts.count == 1)
        #expect(try shard.attributes(of: "c") == [attribute("a")])
    }

    @Test("While much waits for the storage no more is taken, and a full one takes no value but gives them up")
    func pressure() throws {
        _ = try TestClient.connected(setting.broker, .durable("c"))
        put("kept")
        setting.storage.isHolding = true
        let value = [UInt8](repeating: 1, count: AttributeLimits.valueBytes)
        var count = 0
        while answers.puts.last != .failure(.busy), count < 100_000 {
            count += 1
            put("a", value)
        }
        #expect(answers.puts == [.success(AttributePut(previous: nil, isStored: true)), .failure(.busy)])
        #expect(count * AttributeLimits.valueBytes <= Shard.maximumUnsafeBytes + AttributeLimits.valueBytes)
        setting.storage.isHolding = false
        setting.broker.settle()
        #expect(answers.puts.count == count + 1)
        setting.broker.gates.setStorageFull(true)
        put("a")
        #expect(answers.puts.last == .failure(.storageFull))
        shard.removeAttribute("kept", of: "c", now: setting.broker.now) { [answers] in answers.removals.append($0) }
        setting.broker.settle()
        #expect(answers.removals == [.success(attribute("kept"))])
    }
}
