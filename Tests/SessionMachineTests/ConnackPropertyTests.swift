import BrokerValues
import MQTTWire
import NIOCore
import SessionMachine
import Testing

@Suite("Properties of CONNACK")
struct ConnackPropertyTests {
    /// The properties as they go out, by name, each value as its bytes.
    private func sent(
        _ packet: ConnectPacket = connect(), _ limits: BrokerLimits = BrokerLimits(), assigned: String? = nil
    ) throws -> [Property: [UInt8]] {
        let terms = ConnectionTerms(packet, limits: limits)
        var buffer = OutBuffer()
        buffer.appendConnack(
            sessionPresent: false, reason: .success,
            properties: terms.connackProperties(limits: limits, assignedIdentifier: assigned), maximumPacketSize: .max)
        var bytes = Array(try #require(buffer.single).readableBytesView.dropFirst(4))
        try #require(bytes.first.map { Int($0) } == bytes.count - 1, "these properties are shorter than 128 bytes")
        bytes.removeFirst()
        var result: [Property: [UInt8]] = [:]
        while let first = bytes.first {
            let property = try #require(Property(rawValue: first))
            let length: Int
            switch property {
            case .maximumQoS, .retainAvailable, .wildcardSubscriptionAvailable, .subscriptionIdentifierAvailable,
                .sharedSubscriptionAvailable:
                length = 1
            case .receiveMaximum, .topicAliasMaximum, .serverKeepAlive: length = 2
            case .sessionExpiryInterval, .maximumPacketSize: length = 4
            default: length = 2 + Int(bytes[2])
            }
            let isNew = result.updateValue(Array(bytes[1...length]), forKey: property) == nil
            #expect(isNew, "\(property.name) stands there twice")
            bytes.removeFirst(1 + length)
        }
        return result
    }

    @Test("What is the standard's default is not said")
    func silent() throws {
        #expect(try sent() == [.receiveMaximum: [3, 232], .topicAliasMaximum: [0, 5]])
        let limits = limits {
            $0.serverReceiveMaximum = .max
            $0.topicAliasMaximum = 0
        }
        #expect(try sent(connect(), limits).isEmpty)
    }

    @Test("Everything that the broker does not serve, or limits, is said")
    func everything() throws {
        let limits = limits {
            $0.serverReceiveMaximum = 1
            $0.topicAliasMaximum = 256
            $0.maximumQoS = .atLeastOnce
            $0.retainAvailable = false
            $0.maximumPacketSize = 65_537
            $0.wildcardSubscriptionsAvailable = false
            $0.subscriptionIdentifiersAvailable = false
            $0.sharedSubscriptionsAvailable = false
            $0.maximumKeepAlive = 300
            $0.maximumSessionExpiry = 258
        }
        let packet = connect(identifier: "", keepAlive: 301) {
            $0.properties.sessionExpiry = 259
            $0.properties.authenticationMethod = "m"
        }
        let expected: [Property: [UInt8]] = [
            .receiveMaximum: [0, 1], .topicAliasMaximum: [1, 0], .maximumQoS: [1], .retainAvailable: [0],
            .maximumPacketSize: [0, 1, 0, 1], .wildcardSubscriptionAvailable: [0],
            .subscriptionIdentifierAvailable: [0], .sharedSubscriptionAvailable: [0], .serverKeepAlive: [1, 44],
            .sessionExpiryInterval: [0, 0, 1, 2], .assignedClientIdentifier: [0, 2, 105, 100],
            .authenticationMethod: [0, 1, 109],
        ]
        #expect(try sent(packet, limits, assigned: "id") == expected)
    }

    @Test("The largest packet is said only below the protocol's own limit")
    func packetSize() throws {
        for (size, expected) in [
            (268_435_460, nil), (268_435_459, [15, 255, 255, 255]), (268_435_455, [15, 255, 255, 255]),
            (268_435_454, [15, 255, 255, 254]), (128, [0, 0, 0, 128]),
        ] as [(Int, [UInt8]?)] {
            let limits = limits { $0.maximumPacketSize = size }
            #expect(try sent(connect(), limits)[.maximumPacketSize] == expected, "\(size) bytes")
        }
    }

    @Test("QoS 0 as the highest is said, and a session that never ends is not when the client asked for it")
    func edges() throws {
        let limits = limits { $0.maximumQoS = .atMostOnce }
        let packet = connect { $0.properties.sessionExpiry = .max }
        let properties = try sent(packet, limits)
        #expect(properties[.maximumQoS] == [0])
        #expect(properties[.sessionExpiryInterval] == nil)
    }
}
