import BrokerValues
import MQTTWire

/// Packets to clients, as the shard appends them to a connection's out buffer.
enum EncodeBenchmarks {
    static var all: [Benchmark] {
        [
            copy("qos0", identifierOffset: 0), copy("qos1", identifierOffset: 32), template, parts, puback, connack,
            connackOf5,
        ]
    }

    /// Packets in a buffer before it is emptied.
    private static let count = 16
    private static let topic = Array("fleet/r17/d004711/engine/state".utf8)
    private static let payload = [UInt8](repeating: 7, count: 64)

    /// Appends `count` packets to a buffer that keeps its memory, again and again; returns the bytes.
    @inline(__always)
    private static func fill(_ operations: Int, _ append: (inout OutBuffer, UInt16) -> Void) -> Int {
        var out = OutBuffer()
        var bytes = 0
        for _ in 0..<operations / count {
            for number in 1...count { append(&out, UInt16(truncatingIfNeeded: number)) }
            bytes &+= out.count
            out.reset()
        }
        return bytes
    }

    /// One more receiver of a message that is encoded already.
    private static func copy(_ name: String, identifierOffset: Int) -> Benchmark {
        let packet = [UInt8](repeating: 3, count: 100)
        return Benchmark("wire.encode.publish-copy-\(name)", period: count, resultOfPeriod: count * packet.count) {
            { operations in
                packet.withByteView { packet in
                    fill(operations) { out, number in
                        out.appendPublish(
                            copyOf: packet, firstByte: 0x32, packetIdentifierOffset: identifierOffset,
                            packetIdentifier: number)
                    }
                }
            }
        }
    }

    /// A message that came in version 5 for its first receiver of version 3.1.1.
    private static var template: Benchmark {
        let size = 2 + 2 + topic.count + 2 + payload.count
        return Benchmark("wire.encode.publish-template-qos1", period: count, resultOfPeriod: count * size) {
            let templates = PublishTemplates()
            return { operations in
                topic.withByteView { topic in
                    payload.withByteView { payload in
                        fill(operations) { out, number in
                            templates.start()
                            let form = templates.form(1, topic: topic, properties: .empty, payload: payload)
                            out.appendPublish(
                                copyOf: form.packet, firstByte: 0x32,
                                packetIdentifierOffset: form.packetIdentifierOffset, packetIdentifier: number)
                        }
                    }
                }
            }
        }
    }

    /// A receiver that gets properties of its own.
    private static var parts: Benchmark {
        let size = 2 + 2 + topic.count + 2 + 1 + 2 + 5 + payload.count
        return Benchmark("wire.encode.publish-parts-qos1-v5", period: count, resultOfPeriod: count * size) {
            let identifiers: [UInt32] = [42]
            return { operations in
                topic.withByteView { topic in
                    payload.withByteView { payload in
                        fill(operations) { out, number in
                            var envelope = PublishEnvelope(qos: .atLeastOnce, retain: false)
                            envelope.packetIdentifier = number
                            envelope.subscriptionIdentifiers = identifiers
                            envelope.expirySeconds = 60
                            out.appendPublish(
                                envelope, version: .v5, topic: topic, properties: .empty, payload: payload)
                        }
                    }
                }
            }
        }
    }

    private static var puback: Benchmark {
        Benchmark("wire.encode.puback", period: count, resultOfPeriod: count * 4) {
            { operations in
                fill(operations) { out, number in out.appendAcknowledgement(.puback, packetIdentifier: number) }
            }
        }
    }

    private static var connack: Benchmark {
        Benchmark("wire.encode.connack", period: count, resultOfPeriod: count * 4) {
            { operations in
                fill(operations) { out, number in
                    out.appendConnack(sessionPresent: number > 8, returnCode: .accepted)
                }
            }
        }
    }

    private static var connackOf5: Benchmark {
        let size = 2 + 2 + 1 + 3 + 3 + 5
        return Benchmark("wire.encode.connack-v5", period: count, resultOfPeriod: count * size) {
            { operations in
                fill(operations) { out, number in
                    var properties = ServerProperties()
                    properties.add(.receiveMaximum, uint16: 1000)
                    properties.add(.topicAliasMaximum, uint16: number)
                    properties.add(.maximumPacketSize, uint32: 268_435_460)
                    out.appendConnack(
                        sessionPresent: false, reason: .success, properties: properties, maximumPacketSize: .max)
                }
            }
        }
    }
}
