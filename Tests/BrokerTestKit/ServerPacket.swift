/// A packet from the broker, decoded by rules written down here a second time, apart from the broker's.
package enum ServerPacket: Sendable, Equatable {
    case connack(Connack)
    case publish(Publish)
    case puback(Acknowledgement)
    case pubrec(Acknowledgement)
    case pubrel(Acknowledgement)
    case pubcomp(Acknowledgement)
    case suback(SubscriptionAnswer)
    case unsuback(SubscriptionAnswer)
    case pingresp
    case disconnect(Ending)
    case auth(Ending)

    package struct Connack: Sendable, Equatable {
        package var sessionPresent: Bool
        /// Return code, or reason code in version 5.
        package var code: UInt8
        package var properties: [WireProperty]

        package init(sessionPresent: Bool = false, code: UInt8 = 0, properties: [WireProperty] = []) {
            self.sessionPresent = sessionPresent
            self.code = code
            self.properties = properties
        }
    }

    package struct Publish: Sendable, Equatable {
        package var topicBytes: [UInt8]
        package var payload: [UInt8]
        package var qos: UInt8
        /// Nil at QoS 0.
        package var packetIdentifier: UInt16?
        package var retain: Bool
        package var dup: Bool
        package var properties: [WireProperty]

        package init(
            _ topic: String, _ payload: String, qos: UInt8 = 0, id: UInt16? = nil, retain: Bool = false,
            dup: Bool = false, properties: [WireProperty] = []
        ) {
            topicBytes = [UInt8](topic.utf8)
            self.payload = [UInt8](payload.utf8)
            self.qos = qos
            packetIdentifier = id
            self.retain = retain
            self.dup = dup
            self.properties = properties
        }

        package var topic: String { String(decoding: topicBytes, as: UTF8.self) }
        /// The payload as text.
        package var text: String { String(decoding: payload, as: UTF8.self) }
    }

    /// PUBACK, PUBREC, PUBREL or PUBCOMP. A number alone means success without properties.
    package struct Acknowledgement: Sendable, Equatable, ExpressibleByIntegerLiteral {
        package var packetIdentifier: UInt16
        /// 0 before version 5.
        package var reason: UInt8
        package var properties: [WireProperty]

        package init(_ packetIdentifier: UInt16, reason: UInt8 = 0, properties: [WireProperty] = []) {
            self.packetIdentifier = packetIdentifier
            self.reason = reason
            self.properties = properties
        }

        package init(integerLiteral value: UInt16) { self.init(value) }
    }

    /// SUBACK or UNSUBACK.
    package struct SubscriptionAnswer: Sendable, Equatable {
        package var packetIdentifier: UInt16
        /// One for each filter; none in an UNSUBACK before version 5.
        package var codes: [UInt8]
        package var properties: [WireProperty]

        package init(_ packetIdentifier: UInt16, _ codes: [UInt8] = [], properties: [WireProperty] = []) {
            self.packetIdentifier = packetIdentifier
            self.codes = codes
            self.properties = properties
        }
    }

    /// DISCONNECT or AUTH.
    package struct Ending: Sendable, Equatable {
        package var reason: UInt8
        package var properties: [WireProperty]

        package init(_ reason: UInt8 = 0, properties: [WireProperty] = []) {
            self.reason = reason
            self.properties = properties
        }
    }

    /// The publish in it, if it is one.
    package var publish: Publish? {
        if case .publish(let publish) = self { publish } else { nil }
    }
}
