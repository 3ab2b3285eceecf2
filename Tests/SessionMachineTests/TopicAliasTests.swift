import MQTTWire
import SessionMachine
import Testing

@Suite("Topic aliases")
struct TopicAliasTests {
    private func set(_ aliases: inout InboundTopicAliases, _ alias: UInt16, _ topic: String) throws {
        try Array(topic.utf8).withByteView { bytes throws(WireError) in try aliases.set(alias, bytes) }
    }

    private func use(_ aliases: inout OutboundTopicAliases, _ topic: String) -> OutboundTopicAliases.Use {
        Array(topic.utf8).withByteView { aliases.use(for: $0) }
    }

    @Test("An alias stands for the topic that was set last, in any order of aliases")
    func inbound() throws {
        var aliases = InboundTopicAliases(maximum: 5)
        try set(&aliases, 5, "five")
        try set(&aliases, 1, "one")
        #expect(try aliases.topic(of: 5) == Array("five".utf8))
        #expect(try aliases.topic(of: 1) == Array("one".utf8))
        try set(&aliases, 5, "other")
        #expect(try aliases.topic(of: 5) == Array("other".utf8))
        #expect(try aliases.topic(of: 1) == Array("one".utf8))
    }

    @Test(
        "Alias 0 and aliases above the maximum are invalid", arguments: [(0, 5), (6, 5), (.max, 5), (1, 0), (0, .max)])
    func invalid(alias: UInt16, maximum: UInt16) {
        var aliases = InboundTopicAliases(maximum: maximum)
        let setting = #expect(throws: WireError.self) { try set(&aliases, alias, "t") }
        #expect(setting?.reason == .topicAliasInvalid)
        let using = #expect(throws: WireError.self) { try aliases.topic(of: alias) }
        #expect(using?.reason == .topicAliasInvalid)
    }

    @Test("An alias that was not set on this connection is a protocol error", arguments: [1, 2, 3, 5] as [UInt16])
    func unknown(alias: UInt16) throws {
        var aliases = InboundTopicAliases(maximum: 5)
        try set(&aliases, 4, "four")
        let error = #expect(throws: WireError.self) { try aliases.topic(of: alias) }
        #expect(error?.reason == .protocolError)
    }

    @Test("The largest alias can be set")
    func largest() throws {
        var aliases = InboundTopicAliases(maximum: .max)
        try set(&aliases, .max, "t")
        #expect(try aliases.topic(of: .max) == Array("t".utf8))
    }

    @Test("The first topics of a connection get an alias each and keep it; the rest go out in full")
    func outbound() {
        var aliases = OutboundTopicAliases(maximum: 2)
        #expect(!aliases.isOff)
        #expect(use(&aliases, "a") == .set(1))
        #expect(use(&aliases, "a") == .alias(1))
        #expect(use(&aliases, "b") == .set(2))
        for _ in 0..<3 { #expect(use(&aliases, "c") == .topic) }
        #expect(use(&aliases, "b") == .alias(2))
        #expect(use(&aliases, "a") == .alias(1))
        #expect(use(&aliases, "aa") == .topic, "only the same topic has the alias")
    }

    @Test("A client that takes no aliases gets none")
    func off() {
        var aliases = OutboundTopicAliases(maximum: 0)
        #expect(aliases.isOff)
        for _ in 0..<2 { #expect(use(&aliases, "a") == .topic) }
    }
}
