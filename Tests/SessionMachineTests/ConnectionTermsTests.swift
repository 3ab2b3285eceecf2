import BrokerValues
import MQTTWire
import SessionMachine
import Testing

@Suite("Terms of a connection")
struct ConnectionTermsTests {
    @Test("Without wishes and limits, the standard's defaults hold")
    func defaults() {
        let terms = ConnectionTerms(connect(), limits: BrokerLimits())
        #expect(terms.version == .v5)
        #expect(terms.keepAlive == 0)
        #expect(terms.keepAliveMilliseconds == nil)
        #expect(!terms.isKeepAliveOurs)
        #expect(terms.sessionExpiry == 0)
        #expect(!terms.isSessionExpiryOurs)
        #expect(terms.outboundLimit == 1000)
        #expect(terms.maximumPacketSize == .max)
        #expect(terms.outboundAliasMaximum == 0)
        #expect(terms.inboundAliasMaximum == 5)
        #expect(terms.sendsProblemInformation)
        #expect(terms.authenticationMethod == nil)
    }

    @Test("The client's wishes hold where they are within the limits")
    func wishes() {
        let packet = connect(cleanStart: false, keepAlive: 30) {
            $0.properties.sessionExpiry = 60
            $0.properties.receiveMaximum = 20
            $0.properties.maximumPacketSize = 5000
            $0.properties.topicAliasMaximum = 3
            $0.properties.requestProblemInformation = false
            $0.properties.authenticationMethod = "m"
        }
        let terms = ConnectionTerms(packet, limits: BrokerLimits())
        #expect(!terms.cleanStart)
        #expect(terms.keepAliveMilliseconds == 45_000)
        #expect(terms.sessionExpiry == 60)
        #expect(terms.outboundLimit == 20)
        #expect(terms.maximumPacketSize == 5000)
        #expect(terms.outboundAliasMaximum == 3)
        #expect(!terms.sendsProblemInformation)
        #expect(terms.authenticationMethod == "m")
    }

    @Test("Wishes above the broker's limits are cut to them")
    func cut() {
        let packet = connect {
            $0.properties.sessionExpiry = .max
            $0.properties.topicAliasMaximum = 100
        }
        let limits = limits {
            $0.maximumSessionExpiry = 100
            $0.maximumInflight = 7
            $0.outboundTopicAliasMaximum = 4
        }
        let terms = ConnectionTerms(packet, limits: limits)
        #expect(terms.sessionExpiry == 100)
        #expect(terms.isSessionExpiryOurs)
        #expect(terms.outboundLimit == 7)
        #expect(terms.outboundAliasMaximum == 4)
    }

    @Test(
        "A keep-alive that is too long, or off where it may not be, becomes ours; only version 5 can be told",
        arguments: [
            (0, true, 0, false), (0, false, 50, true), (49, false, 49, false), (50, true, 50, false),
            (51, true, 50, true), (.max, false, 50, true),
        ] as [(UInt16, Bool, UInt16, Bool)])
    func keepAlive(wish: UInt16, mayBeOff: Bool, result: UInt16, isOurs: Bool) {
        let limits = limits {
            $0.maximumKeepAlive = 50
            $0.allowUnlimitedKeepAlive = mayBeOff
        }
        let terms = ConnectionTerms(connect(keepAlive: wish), limits: limits)
        #expect(terms.keepAlive == result)
        #expect(terms.isKeepAliveOurs == isOurs)
        for version in [ProtocolVersion.v3_1, .v3_1_1] {
            let older = ConnectionTerms(connect(version, keepAlive: wish), limits: limits)
            #expect(older.keepAlive == wish)
            #expect(!older.isKeepAliveOurs)
        }
    }

    @Test("A session of 3.x ends with its connection or never", arguments: [ProtocolVersion.v3_1, .v3_1_1])
    func older(version: ProtocolVersion) {
        let limits = BrokerLimits()
        #expect(ConnectionTerms(connect(version, cleanStart: true), limits: limits).sessionExpiry == 0)
        #expect(ConnectionTerms(connect(version, cleanStart: false), limits: limits).sessionExpiry == .max)
        #expect(ConnectionTerms(connect(version), limits: limits).inboundAliasMaximum == 0)
    }
}
