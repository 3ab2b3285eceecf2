import BrokerTestKit
import BrokerTransport
import BrokerValues
import NIOCore
import Testing

@Suite("MQTT over WebSocket")
struct WebSocketTests {
    private func withBroker(_ body: (TestBroker) async throws -> Void) async throws {
        try await TestBroker.with(listener: { $0.transport = .webSocket(WebSocketConfiguration()) }) { broker in
            try await body(broker)
        }
    }

    private func open(_ broker: TestBroker, _ stage: WebSocketStage) async throws -> TestClient {
        try await TestClient.open(broker) { try $0.pipeline.syncOperations.addHandler(stage) }
    }

    /// A client that has its CONNACK.
    private func connect(_ broker: TestBroker, _ id: String, _ stage: WebSocketStage) async throws -> TestClient {
        let client = try await open(broker, stage)
        try await client.connect(ConnectFields(id: id))
        return client
    }

    @Test(
        "A data frame that is not binary ends the connection, and the broker's own are binary",
        .clauses("MQTT-6.0.0-1", "MQTT5-6.0.0-1"), arguments: [1, 3] as [UInt8])
    func onlyBinary(opcode: UInt8) async throws {
        try await withBroker { broker in
            let stage = WebSocketStage()
            let client = try await connect(broker, "text", stage)
            try await client.subscribe("a")
            #expect(stage.seen.opcodes == [2])
            stage.use(opcode: opcode)
            client.send(.pingreq)
            try await client.expectClosed()
            #expect(stage.seen.closeCode == (opcode == 1 ? 1003 : 1002))
        }
    }

    @Test(
        "Packets are the same however they lie in frames", .clauses("MQTT-6.0.0-2", "MQTT5-6.0.0-2"),
        arguments: [1, 2, 7, 125, 126, Int.max])
    func alignment(frameSize: Int) async throws {
        try await withBroker { broker in
            let client = try await connect(broker, "cut", WebSocketStage(frameSize: frameSize))
            try await client.subscribe("a/#", qos: 1)
            let texts = [0, 1, 10, 200, 3000].map { String(repeating: "x", count: $0) }
            client.send(texts.map { ClientPacket.publish("a/b", $0) })
            for text in texts { #expect(try await client.nextPublish().text == text) }
        }
    }

    @Test(
        "The subprotocol mqtt is agreed on, and without it there is no connection",
        .clauses("MQTT-6.0.0-3", "MQTT5-6.0.0-3", "MQTT-6.0.0-4", "MQTT5-6.0.0-4"))
    func subprotocol() async throws {
        try await withBroker { broker in
            for offer in ["mqtt", "chat, mqtt", "mqtt, mqttv3.1"] {
                let stage = WebSocketStage(offer: offer)
                _ = try await connect(broker, "offer", stage)
                #expect(stage.seen.head.contains("\r\nSec-WebSocket-Protocol: mqtt\r\n"))
            }
            for offer in ["", "chat", "MQTT"] {
                let stage = WebSocketStage(offer: offer)
                let client = try await open(broker, stage)
                try await client.expectClosed()
                #expect(stage.seen.head.hasPrefix("HTTP/1.1 400 "))
            }
        }
    }
}
