import BrokerValues
import MQTTWire
import NIOCore
import Testing

/// The reason code with which `body` is refused; nil if it is not refused.
func refusal<R>(_ body: () throws -> R) -> ReasonCode? {
    do {
        _ = try body()
        return nil
    } catch let error as WireError {
        return error.reason
    } catch {
        Issue.record("not a wire error: \(error)")
        return nil
    }
}

/// The bytes of a string or of binary data with its two-byte length.
func field(_ text: String) -> [UInt8] { field(Array(text.utf8)) }

/// Binary data with its two-byte length.
func field(_ bytes: [UInt8]) -> [UInt8] { [UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes }

/// A property section of less than 128 bytes with its length.
func section(_ properties: [UInt8]) -> [UInt8] { [UInt8(properties.count)] + properties }

/// Everything that `fill` puts into an out buffer, in the order in which it would be written.
func encoded(_ fill: (inout OutBuffer) -> Void) -> [UInt8] {
    var out = OutBuffer()
    fill(&out)
    return drained(&out)
}

/// Everything that waits in an out buffer.
func drained(_ out: inout OutBuffer) -> [UInt8] {
    var bytes: [UInt8] = []
    out.drain { bytes += Array($0.readableBytesView) }
    return bytes
}

/// Decodes each proper prefix of `body`: those of a length in `whole` must decode, all others must be malformed.
func expectCutsMalformed(_ body: [UInt8], except whole: Set<Int> = [], decode: (ByteView) throws -> Void) {
    for length in 0..<body.count {
        let seen = Array(body.prefix(length)).withByteView { view in refusal { try decode(view) } }
        let expected: ReasonCode? = whole.contains(length) ? nil : .malformedPacket
        #expect(seen == expected, "cut to \(length) of \(body.count) bytes")
    }
}

/// A packet under construction for the decoders of PUBLISH: first byte, length, body.
func packet(_ firstByte: UInt8, _ body: [UInt8]) -> [UInt8] {
    var bytes = [firstByte]
    bytes.append(variableInteger: body.count)
    return bytes + body
}

/// A message with text in all of its parts.
func message(
    topic: String = "t", properties: [UInt8] = [], payload: [UInt8] = [], qos: QualityOfService = .atMostOnce,
    retain: Bool = false, expirySeconds: UInt32? = nil, arrival: Instant = Instant(milliseconds: 0),
    publisher: ClientIdentity? = nil
) -> Message {
    Array(topic.utf8).withByteView { topic in
        properties.withByteView { properties in
            payload.withByteView { payload in
                Message.make(
                    topic: topic, properties: properties, payload: payload, qos: qos, retain: retain,
                    expirySeconds: expirySeconds, arrival: arrival, publisher: publisher)
            }
        }
    }
}

extension Message {
    /// Copies of the three parts.
    var parts: (topic: [UInt8], properties: [UInt8], payload: [UInt8]) {
        withParts { ($0.bytes, $1.bytes, $2.bytes) }
    }
}
