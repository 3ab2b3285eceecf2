import BrokerCore
import BrokerValues
import RandomKit
import SimulationKit

/// Keeps attributes with the session of one client, and knows what must be there after a crash: all that was answered,
/// and of what was done since then everything up to some point.
final class AttributeKeeper {
    /// What the session has after so many changes.
    private typealias State = [String: SessionAttribute]

    let client: ReturningClient
    private var random: SeededGenerator
    /// The last state that must have survived, and all since then.
    private var states: [State] = [[:]]
    /// Changes that were left behind with earlier ``states``.
    private var settled = 0
    /// How many lives the broker has had: answers of an earlier one come late and mean nothing.
    private var life = 0
    /// Answers that were promised to be safe.
    private(set) var answers = 0
    /// What was not as it must be.
    private(set) var faults: [String] = []

    init(_ client: ReturningClient, seed: UInt64) {
        self.client = client
        random = SeededGenerator(seed: seed)
    }

    // MARK: - Changes

    /// Changes something, if the session is where it can be asked.
    func change(_ broker: SimulatedBroker) {
        guard let shard = broker.shards.first(where: { (try? $0.attributes(of: client.name)) != nil }) else { return }
        let key = "key \(random.below(4))"
        switch random.below(10) {
        case 0..<7: put(key, shard, broker.now)
        case 7..<9:
            var state = current
            let previous = state.removeValue(forKey: key)
            let number = begin(state)
            shard.removeAttribute(key, of: client.name, now: broker.now, answer: expecting(previous, number))
        default:
            let number = begin([:])
            shard.removeAttributes(of: client.name, now: broker.now, answer: expecting(before(number).count, number))
        }
    }

    private func put(_ key: String, _ shard: Shard, _ now: Instant) {
        let attribute = SessionAttribute(
            key: Array(key.utf8), value: random.bytes(random.below(20)), timestamp: Int64(random.below(10)))
        let condition = random.pick([AttributeCondition.always, .ifNewer, .ifNewerOrEqual]) ?? .always
        var state = current
        let previous = state[key]
        let isStored =
            switch condition {
            case .always: true
            case .ifNewer: attribute.timestamp > previous?.timestamp ?? .min
            case .ifNewerOrEqual: attribute.timestamp >= previous?.timestamp ?? .min
            }
        if isStored { state[key] = attribute }
        let number = begin(state)
        shard.putAttribute(
            key, attribute.value, timestamp: attribute.timestamp, condition, of: client.name, now: now
        ) { [weak self, life] answer in
            switch answer {
            case .success(let put): self?.answered(number, life, put.previous == previous && put.isStored == isStored)
            case .failure(let failure): self?.failed(failure)
            }
        }
    }

    private var current: State { states.last ?? [:] }

    private func begin(_ state: State) -> Int {
        states.append(state)
        return settled + states.count - 1
    }

    private func before(_ number: Int) -> State { states[number - settled - 1] }

    private func expecting<Value: Equatable>(
        _ value: Value, _ number: Int
    ) -> (Result<Value, AttributeFailure>) -> Void {
        { [weak self, life] answer in
            switch answer {
            case .success(let found): self?.answered(number, life, found == value)
            case .failure(let failure): self?.failed(failure)
            }
        }
    }

    private func answered(_ number: Int, _ life: Int, _ isRight: Bool) {
        guard life == self.life else { return faults.append("\(client.name): an answer of a broker that is gone") }
        answers += 1
        if !isRight { faults.append("\(client.name): change \(number) was answered wrongly") }
        guard number > settled else { return }
        states.removeFirst(number - settled)
        settled = number
    }

    /// What could not be made safe may be there or not; nothing else is refused.
    private func failed(_ failure: AttributeFailure) {
        if failure != .notStored { faults.append("\(client.name): \(failure)") }
    }

    // MARK: - Crashes

    /// The broker is no more.
    func brokerCrashed() { life += 1 }

    /// Another broker has begun: what it has must be one of the states since the last that was answered.
    func brokerBegan(_ broker: SimulatedBroker) {
        let found = broker.shards.compactMap { try? $0.attributes(of: client.name) }
        if found.count > 1 { faults.append("\(client.name) has \(found.count) sessions") }
        let state = State(
            uniqueKeysWithValues: (found.first ?? []).map { (String(decoding: $0.key, as: UTF8.self), $0) })
        if !states.contains(state) {
            faults.append("\(client.name) has attributes \(state.keys.sorted()) that it cannot have")
        }
        settled += states.count
        states = [state]
    }

    /// Looks whether a session that is here has what it must have now.
    func check(_ broker: SimulatedBroker) {
        guard let found = broker.shards.lazy.compactMap({ try? $0.attributes(of: self.client.name) }).first else {
            return
        }
        let state = State(uniqueKeysWithValues: found.map { (String(decoding: $0.key, as: UTF8.self), $0) })
        if state != current { faults.append("\(client.name) has other attributes than were put") }
    }
}
