import AuthorityKit
import BrokerCore
import BrokerTestKit
import BrokerValues
import MQTTWire
import Introspection
import Testing

/// When a client is restricted.
enum RestrictionTime: String, CaseIterable {
    case atLogin = "at login"
    case whileConnected = "while it is connected"
}

extension TestBroker {
    /// A broker with a client called `restricted` and one called `free`, both with sessions that last.
    static func withRestricted<R>(
        _ time: RestrictionTime, _ change: (inout ClientRestrictions) -> Void, receiveBuffer: Int? = nil,
        _ body: (_ broker: TestBroker, _ restricted: TestClient, _ free: TestClient) async throws -> R
    ) async throws -> R {
        var restrictions = ClientRestrictions()
        change(&restrictions)
        let atLogin = time == .atLogin ? restrictions : ClientRestrictions()
        return try await with(ports: { _ in BrokerPorts(authority: RestrictingAuthority(atLogin)) }) { broker in
            let restricted = try await TestClient.open(broker, receiveBuffer: receiveBuffer)
            try await restricted.connect(
                ConnectFields(id: "restricted", version: .v5, clean: false, properties: [.sessionExpiry(600)]))
            let free = try await TestClient.connect5(broker, id: "free", clean: false, expiry: 600)
            if time == .whileConnected { try await broker.restrict(restrictions) }
            #expect(try await broker.snapshot(of: "restricted")?.restrictions == restrictions)
            #expect(try await broker.snapshot(of: "free")?.restrictions.isEmpty == true)
            return try await body(broker, restricted, free)
        }
    }

    /// Says anew what the client called `restricted` may do.
    func restrict(_ restrictions: ClientRestrictions) async throws {
        let isKnown = try await ask { shard, now in
            shard.setRestrictions(restrictions, of: "restricted", now: now)
        }
        guard isKnown else { throw TestFailure("there is no session called restricted") }
    }
}
