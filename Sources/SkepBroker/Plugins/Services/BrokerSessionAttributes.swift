import BrokerCore
import BrokerTransport
import PluginAPI

/// The attributes of sessions for plugins.
struct BrokerSessionAttributes: SessionAttributeStore {
    let reach: BrokerReach

    /// Times that a session which is between two event loops is looked for.
    private static let attempts = 200

    func put(_ identifier: String, _ key: String, _ value: [UInt8]) async throws(PluginServiceError) {
        _ = try await put(identifier, key, value, SystemClock.milliseconds, .always)
    }

    func putIfNewer(
        _ identifier: String, _ key: String, _ value: [UInt8], timestamp: Int64
    ) async throws(PluginServiceError) -> AttributeOutcome {
        try await put(identifier, key, value, timestamp, .ifNewer)
    }

    func putIfNewerOrEquals(
        _ identifier: String, _ key: String, _ value: [UInt8], timestamp: Int64
    ) async throws(PluginServiceError) -> AttributeOutcome {
        try await put(identifier, key, value, timestamp, .ifNewerOrEqual)
    }

    func get(_ identifier: String, _ key: String) async throws(PluginServiceError) -> [UInt8]? {
        try await look(identifier) { shard throws(AttributeFailure) in try shard.attribute(key, of: identifier) }?.value
    }

    func all(_ identifier: String) async throws(PluginServiceError) -> [String: [UInt8]] {
        let found = try await look(identifier) { shard throws(AttributeFailure) in
            try shard.attributes(of: identifier)
        }
        return Dictionary(
            found.map { (String(decoding: $0.key, as: UTF8.self), $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    func remove(_ identifier: String, _ key: String) async throws(PluginServiceError) -> [UInt8]? {
        try await change(identifier) { shard, answer in
            shard.removeAttribute(key, of: identifier, now: ShardRunner.now(), answer: answer)
        }?.value
    }

    func removeAll(_ identifier: String) async throws(PluginServiceError) {
        _ = try await change(identifier) { shard, answer in
            shard.removeAttributes(of: identifier, now: ShardRunner.now(), answer: answer)
        }
    }

    private func put(
        _ identifier: String, _ key: String, _ value: [UInt8], _ timestamp: Int64, _ condition: AttributeCondition
    ) async throws(PluginServiceError) -> AttributeOutcome {
        let put = try await change(identifier) { shard, answer in
            shard.putAttribute(
                key, value, timestamp: timestamp, condition, of: identifier, now: ShardRunner.now(), answer: answer)
        }
        return AttributeOutcome(previous: put.previous?.value, isReplaced: put.isStored)
    }

    // MARK: - The shard that has the session

    private func look<Value: Sendable>(
        _ identifier: String, _ body: @escaping @Sendable (Shard) throws(AttributeFailure) -> Value
    ) async throws(PluginServiceError) -> Value {
        try await search(identifier) { runner in
            await runner.ask { shard in
                do throws(AttributeFailure) { return .success(try body(shard)) } catch { return .failure(error) }
            } ?? .failure(.absent)
        }
    }

    private func change<Value: Sendable>(
        _ identifier: String,
        _ body: @escaping @Sendable (Shard, @escaping (Result<Value, AttributeFailure>) -> Void) -> Void
    ) async throws(PluginServiceError) -> Value {
        try await search(identifier) { runner in
            await withCheckedContinuation { continuation in
                let isAsked = runner.tell { shard in body(shard) { continuation.resume(returning: $0) } }
                if !isAsked { continuation.resume(returning: .failure(.absent)) }
            }
        }
    }

    private func search<Value: Sendable>(
        _ identifier: String, _ ask: (ShardRunner) async -> Result<Value, AttributeFailure>
    ) async throws(PluginServiceError) -> Value {
        try reach.rate.take()
        for attempt in 1...Self.attempts {
            var isMoving = false
            for runner in reach.runners {
                switch await ask(runner) {
                case .success(let value): return value
                case .failure(.absent): continue
                case .failure(.moving): isMoving = true
                case .failure(let failure): throw Self.error(failure)
                }
            }
            if !isMoving || attempt == Self.attempts { break }
            try? await Task.sleep(for: .milliseconds(10))
        }
        throw .noSuchClient(identifier)
    }

    private static func error(_ failure: AttributeFailure) -> PluginServiceError {
        switch failure {
        case .absent, .moving, .notStored: .unavailable
        case .keyTooLong: .limitExceeded("a key has \(AttributeLimits.keyBytes) bytes at most")
        case .valueTooLong: .limitExceeded("a value has \(AttributeLimits.valueBytes) bytes at most")
        case .tooMany: .limitExceeded("a session has \(AttributeLimits.count) attributes at most")
        case .noMemory: .limitExceeded("the attributes of all sessions take \(AttributeLimits.brokerBytes) bytes")
        case .storageFull: .limitExceeded("the storage has no room")
        case .busy: .unavailable
        }
    }
}
