package import BrokerValues
package import NIOCore

/// The fixed part of a ``Message``.
private struct MessageHeader {
    fileprivate var topicLength: Int
    fileprivate var propertiesLength: Int
    fileprivate var payloadLength: Int
    /// Properties and payload, one behind the other, if they are not in line.
    fileprivate var sharedBody: ByteBuffer?
    fileprivate var qos: QualityOfService
    fileprivate var retain: Bool
    fileprivate var expirySeconds: UInt32?
    fileprivate var arrival: Instant
    fileprivate var publisher: ClientIdentity?
}

/// One allocation for header, topic, forwarded properties and small payload.
private final class MessageStorage: ManagedBuffer<MessageHeader, UInt8> {}

/// An application message that owns its bytes: what is queued, retained, in flight or on its way to another shard.
///
/// The body is what a PUBLISH ends with: the properties that are forwarded unchanged, and the payload. One allocation
/// holds the header, the topic and a small body. A large body is a buffer that the connections of all receivers share.
/// Nothing changes once a message is made; copies of this value are references to the same bytes.
///
/// Safe (unchecked Sendable): every field is written by ``make`` before the value is handed out and only read
/// afterwards; the buffer of the body is copy-on-write and never written.
package struct Message: @unchecked Sendable {
    private let storage: MessageStorage

    private init(storage: MessageStorage) { self.storage = storage }

    /// Bodies of at least this many bytes, properties and payload together, are shared by their receivers; smaller ones
    /// are copied into each one's buffer, which costs less than one more entry in a vectored write.
    package static let sharedBodyThreshold = 2048

    /// Copies the parts into a new message.
    ///
    /// - Parameters:
    ///   - properties: what is forwarded unchanged, see ``PublishProperties/forwarded()``.
    ///   - expirySeconds: Message Expiry Interval at `arrival`.
    ///   - publisher: nil for what the broker itself publishes.
    package static func make(
        topic: ByteView, properties: ByteView, payload: ByteView, qos: QualityOfService, retain: Bool,
        expirySeconds: UInt32? = nil, arrival: Instant = Instant(milliseconds: 0), publisher: ClientIdentity? = nil
    ) -> Message {
        let bodyCount = properties.count + payload.count
        let isShared = bodyCount >= sharedBodyThreshold
        let count = topic.count + (isShared ? 0 : bodyCount)
        let buffer = MessageStorage.create(minimumCapacity: count) { _ in
            MessageHeader(
                topicLength: topic.count, propertiesLength: properties.count,
                payloadLength: payload.count, sharedBody: isShared ? shared(properties, payload) : nil, qos: qos,
                retain: retain, expirySeconds: expirySeconds, arrival: arrival, publisher: publisher)
        }
        // Safe: the storage has room for `count` bytes; the parts are written one behind the other.
        unsafe buffer.withUnsafeMutablePointerToElements { elements in
            var target = UnsafeMutableRawPointer(elements)
            unsafe target.put(topic)
            if isShared { return }
            unsafe target.put(properties)
            unsafe target.put(payload)
        }
        // Safe: `create` called on MessageStorage makes an instance of MessageStorage.
        return Message(storage: unsafe unsafeDowncast(buffer, to: MessageStorage.self))
    }

    private static func shared(_ properties: ByteView, _ payload: ByteView) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: properties.count + payload.count)
        _ = unsafe properties.withUnsafeBytes { unsafe buffer.writeBytes($0) }
        _ = unsafe payload.withUnsafeBytes { unsafe buffer.writeBytes($0) }
        return buffer
    }

    /// The same message stamped as published at `arrival` by `publisher`: for a will, which is made with the CONNECT.
    ///
    /// - Parameter expirySeconds: in place of the will's own.
    package func published(
        at arrival: Instant, by publisher: ClientIdentity?, expirySeconds: UInt32?
    ) -> Message {
        withParts { topic, properties, payload in
            Message.make(
                topic: topic, properties: properties, payload: payload, qos: qos, retain: retain,
                expirySeconds: expirySeconds, arrival: arrival, publisher: publisher)
        }
    }

    /// The same without properties and payload: clears its topic, where retained.
    package var withoutPayload: Message {
        withParts { topic, _, _ in
            Message.make(
                topic: topic, properties: .empty, payload: .empty, qos: qos, retain: retain, arrival: arrival,
                publisher: publisher)
        }
    }

    package var qos: QualityOfService { storage.header.qos }
    /// The RETAIN flag as the publisher set it.
    package var retain: Bool { storage.header.retain }
    /// Message Expiry Interval as it was at ``arrival``; nil never expires.
    package var expirySeconds: UInt32? { storage.header.expirySeconds }
    /// When the broker received it.
    package var arrival: Instant { storage.header.arrival }
    /// Who published it.
    package var publisher: ClientIdentity? { storage.header.publisher }
    /// Forwarded properties and payload, one behind the other, if they are shared by the receivers.
    package var sharedBody: ByteBuffer? { storage.header.sharedBody }
    package var payloadCount: Int { storage.header.payloadLength }

    /// Bytes that a queue is charged for it: content and the fixed cost of keeping it.
    package var chargedBytes: Int {
        storage.header.topicLength &+ storage.header.propertiesLength &+ payloadCount
            &+ MemoryLayout<MessageHeader>.size
    }

    /// Runs `body` with views of topic, forwarded properties and payload.
    @inline(__always)
    package func withParts<R>(_ body: (ByteView, ByteView, ByteView) -> R) -> R {
        // Safe: the message is kept alive by `self` for the call, and the lengths are those it was made with.
        unsafe storage.withUnsafeMutablePointers { headerPointer, elements in
            let base = UnsafeRawPointer(elements)
            let topicLength = unsafe headerPointer.pointee.topicLength
            let propertiesLength = unsafe headerPointer.pointee.propertiesLength
            let payloadLength = unsafe headerPointer.pointee.payloadLength
            let topic = unsafe ByteView(start: base, count: topicLength)
            if let shared = unsafe headerPointer.pointee.sharedBody {
                return unsafe shared.withUnsafeReadableBytes {
                    let whole = unsafe ByteView($0)
                    return body(
                        topic, whole.slice(0, propertiesLength),
                        whole.slice(propertiesLength, propertiesLength + payloadLength))
                }
            }
            let properties = unsafe ByteView(start: base + topicLength, count: propertiesLength)
            let payload = unsafe ByteView(start: base + topicLength + propertiesLength, count: payloadLength)
            return body(topic, properties, payload)
        }
    }

    /// The topic as text, for logs.
    package var topicText: String { withParts { topic, _, _ in topic.text } }

    /// Seconds left at `now`; nil never expires, 0 is expired [MQTT5-3.3.2-5] [MQTT5-3.3.2-6].
    package func remainingExpiry(at now: Instant) -> UInt32? {
        guard let expirySeconds else { return nil }
        let waited = now.seconds(since: arrival)
        return waited >= UInt64(expirySeconds) ? 0 : expirySeconds - UInt32(waited)
    }

    /// Whether both are the same message, not merely equal ones.
    package func isSame(as other: Message) -> Bool { storage === other.storage }

    /// Whether it may no longer be sent.
    package func isExpired(at now: Instant) -> Bool { remainingExpiry(at: now) == 0 }
}
