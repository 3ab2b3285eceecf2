package import BrokerValues
package import NIOCore

/// What a PUBLISH to one receiver consists of, apart from topic, forwarded properties and payload.
package struct PublishEnvelope {
    package var qos: QualityOfService
    package var retain: Bool
    package var duplicate: Bool = false
    /// 0 for QoS 0.
    package var packetIdentifier: UInt16 = 0
    /// MQTT 5: Message Expiry Interval that remains.
    package var expirySeconds: UInt32? = nil
    /// MQTT 5: alias to send; with ``omitsTopic`` instead of the topic.
    package var topicAlias: UInt16? = nil
    package var omitsTopic: Bool = false
    /// MQTT 5: identifiers of the subscriptions that matched [MQTT5-3.3.4-4].
    package var subscriptionIdentifiers: [UInt32]? = nil

    /// A first sending without identifiers, alias or expiry.
    @inline(__always)
    package init(qos: QualityOfService, retain: Bool) {
        self.qos = qos
        self.retain = retain
    }

    @inline(__always)
    package var firstByte: UInt8 { 0x30 | (duplicate ? 8 : 0) | qos.rawValue << 1 | (retain ? 1 : 0) }

    /// Bytes of the properties that this envelope adds to the forwarded ones.
    fileprivate var addedPropertyBytes: Int {
        var size = (expirySeconds == nil ? 0 : 5) + (topicAlias == nil ? 0 : 3)
        for identifier in subscriptionIdentifiers ?? [] { size += 1 + variableIntegerSize(Int(identifier)) }
        return size
    }

    /// Bytes of the whole packet.
    package func packetSize(
        version: ProtocolVersion, topicCount: Int, propertiesCount: Int, payloadCount: Int
    ) -> Int {
        let remaining = remainingLength(
            version: version, topicCount: topicCount, propertiesCount: propertiesCount, payloadCount: payloadCount)
        return 1 + variableIntegerSize(remaining) + remaining
    }

    fileprivate func remainingLength(
        version: ProtocolVersion, topicCount: Int, propertiesCount: Int, payloadCount: Int
    ) -> Int {
        var size = 2 + (omitsTopic ? 0 : topicCount) + (qos == .atMostOnce ? 0 : 2) + payloadCount
        if version.hasProperties {
            let properties = addedPropertyBytes + propertiesCount
            size += variableIntegerSize(properties) + properties
        }
        return size
    }
}

extension OutBuffer {
    /// Appends a PUBLISH made of its parts.
    ///
    /// - Parameter sharedBody: taken in as a slice in place of the bytes of `properties` and `payload` when given; it must
    ///   hold the same bytes, one behind the other. A version without properties takes only those of the payload.
    package mutating func appendPublish(
        _ envelope: PublishEnvelope, version: ProtocolVersion, topic: ByteView, properties: ByteView,
        payload: ByteView, sharedBody: ByteBuffer? = nil
    ) {
        let properties = version.hasProperties ? properties : .empty
        let remaining = envelope.remainingLength(
            version: version, topicCount: topic.count, propertiesCount: properties.count, payloadCount: payload.count)
        var shared = sharedBody
        if !version.hasProperties, let body = sharedBody {
            shared = body.getSlice(at: body.writerIndex - payload.count, length: payload.count)
        }
        let size = 1 + variableIntegerSize(remaining) + remaining - (shared?.readableBytes ?? 0)
        // Safe: writes the parts whose sizes were just added up.
        unsafe append(size: size) { start in
            var target = unsafe start
            unsafe target.put(envelope.firstByte)
            unsafe target.put(variableInteger: remaining)
            unsafe target.put(envelope.omitsTopic ? 0 : UInt16(topic.count))
            if !envelope.omitsTopic { unsafe target.put(topic) }
            if envelope.qos != .atMostOnce { unsafe target.put(envelope.packetIdentifier) }
            if version.hasProperties {
                unsafe target.put(variableInteger: envelope.addedPropertyBytes + properties.count)
                unsafe target.put(addedPropertiesOf: envelope)
                if shared == nil { unsafe target.put(properties) }
            }
            if shared == nil { unsafe target.put(payload) }
        }
        if let shared { append(shared: shared) }
    }

    /// Appends a copy of an encoded PUBLISH with another first byte and, for QoS 1 and 2, another packet identifier.
    ///
    /// This is the way of most messages: a packet is encoded once, or stands ready in the receive buffer, and each
    /// receiver gets a copy.
    @inline(__always)
    package mutating func appendPublish(
        copyOf packet: ByteView, firstByte: UInt8, packetIdentifierOffset: Int, packetIdentifier: UInt16
    ) {
        precondition(packetIdentifierOffset &+ 2 <= packet.count)
        // Safe: the identifier lies within the packet, as just checked.
        unsafe append(size: packet.count) { target in
            unsafe target.copy(packet)
            unsafe target.storeBytes(of: firstByte, as: UInt8.self)
            if packetIdentifierOffset > 0 {
                unsafe target.storeBytes(
                    of: packetIdentifier.bigEndian, toByteOffset: packetIdentifierOffset, as: UInt16.self)
            }
        }
    }
}

extension UnsafeMutableRawPointer {
    fileprivate mutating func put(addedPropertiesOf envelope: PublishEnvelope) {
        // Safe: PublishEnvelope.addedPropertyBytes counts exactly these bytes, and the caller reserved them.
        if let seconds = envelope.expirySeconds {
            unsafe put(Property.messageExpiryInterval.rawValue)
            unsafe put(seconds)
        }
        if let alias = envelope.topicAlias {
            unsafe put(Property.topicAlias.rawValue)
            unsafe put(alias)
        }
        for identifier in envelope.subscriptionIdentifiers ?? [] {
            unsafe put(Property.subscriptionIdentifier.rawValue)
            unsafe put(variableInteger: Int(identifier))
        }
    }
}
