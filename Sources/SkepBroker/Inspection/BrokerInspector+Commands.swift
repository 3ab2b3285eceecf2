package import BrokerValues
import BrokerCore
import BrokerTransport
package import Introspection
import MQTTWire
import NIOCore

extension BrokerInspector: ClientCommands {
    /// Ends a client's connection with reason 0x98; its session stays as its expiry says.
    package func disconnect(_ identifier: String, publishesWill: Bool) async -> Bool {
        for runner in runners {
            let answer = await step(runner) { shard in
                shard.disconnectClient(identifier, keepsWill: publishesWill, now: ShardRunner.now())
            }
            if answer == true { return true }
        }
        return false
    }

    /// Ends a client's connection if it has one, and its session with everything in it.
    package func invalidateSession(_ identifier: String) async -> Bool {
        // A session that has left one event loop and is not known to the next is found a moment later.
        for _ in 0..<Self.attempts {
            var isMoving = false
            for runner in runners {
                let answer = await step(runner) { $0.invalidateSession(identifier, now: ShardRunner.now()) }
                switch answer {
                case .ended: return true
                case .leaving: isMoving = true
                case .absent, nil: break
                }
            }
            if !isMoving { return false }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    /// More than a move takes: the event loops have to take in a letter each.
    private static let attempts = 200

    /// Sets what one client may do, in place of what was set before.
    package func setRestrictions(_ restrictions: ClientRestrictions, of identifier: String) async -> Bool {
        var isKnown = false
        for runner in runners {
            let answer = await step(runner) { shard in
                shard.setRestrictions(restrictions, of: identifier, now: ShardRunner.now())
            }
            isKnown = isKnown || answer == true
        }
        return isKnown
    }

    /// Sets how long a client's session outlives its connection, and leaves its other restrictions as they are.
    package func setSessionExpiry(_ seconds: UInt32, of identifier: String) async -> Bool {
        var isKnown = false
        for runner in runners {
            let answer = await step(runner) { shard in
                let now = ShardRunner.now()
                guard var restrictions = shard.snapshot(of: identifier, now: now)?.restrictions else { return false }
                restrictions.sessionExpiry = seconds
                return shard.setRestrictions(restrictions, of: identifier, now: now)
            }
            isKnown = isKnown || answer == true
        }
        return isKnown
    }

    /// Removes the retained messages that a filter matches.
    ///
    /// - Throws: also for a filter that only finds what the broker tells of itself.
    package func deleteRetained(matching filter: String) async throws(QueryFailure) -> Int {
        let bytes = try checked(filter)
        if bytes.withByteView({ TopicSyntax.isReserved($0) }) {
            throw QueryFailure("what stands below $SYS is the broker's own and cannot be deleted")
        }
        var count = 0
        for runner in runners {
            var position: Int? = 0
            while let begin = position {
                try checkWanted()
                let answer = await step(runner) { shard in
                    shard.deleteRetained(
                        matching: bytes, from: begin, count: Step.retained, maximum: Step.deletions,
                        now: ShardRunner.now())
                }
                count += answer?.deleted ?? 0
                position = answer?.next
            }
        }
        return count
    }
}
