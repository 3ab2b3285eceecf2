import BrokerCore
import BrokerValues
import MQTTWire
import PluginAPI

// From the broker's own values to those that plugins see, and back.

extension ConnectionInformation {
    init(_ origin: ConnectionOrigin, listener: ListenerIdentity, version: ProtocolVersion) {
        self.init(
            address: origin.address, listener: listener.name, version: MQTTVersion(version),
            security: origin.security.map { SecurityInformation($0) },
            proxy: origin.proxy.map { ProxyInformation($0) })
    }
}

extension MQTTVersion {
    init(_ version: ProtocolVersion) {
        switch version {
        case .v3_1: self = .v3_1
        case .v3_1_1: self = .v3_1_1
        case .v5: self = .v5
        }
    }
}

extension SecurityInformation {
    init(_ security: TransportSecurity) {
        self.init(
            version: security.version, serverName: security.serverName,
            certificate: security.certificate.map { CertificateInformation($0) })
    }
}

extension CertificateInformation {
    init(_ certificate: ClientCertificate) {
        self.init(
            subject: certificate.subject, serial: certificate.serial, fingerprint: certificate.fingerprint,
            bytes: certificate.bytes)
        commonName = certificate.commonName
        organization = certificate.organization
        organizationalUnit = certificate.organizationalUnit
        title = certificate.title
        serialNumber = certificate.serialNumber
        country = certificate.country
        locality = certificate.locality
        state = certificate.state
    }
}

extension ProxyInformation {
    init(_ proxy: ProxyOrigin) {
        self.init(proxyAddress: proxy.proxyAddress)
        destination = proxy.destination
        tlsVersion = proxy.tlsVersion
        commonName = proxy.commonName
        fields = proxy.fields.map { ($0.type, $0.value) }
    }
}

extension LoginAttempt {
    init(_ question: ConnectQuestion, isReauthentication: Bool) {
        self.init(
            clientIdentifier: question.clientIdentifier, userName: question.userName,
            password: question.password.map { Secret($0) },
            connection: ConnectionInformation(
                question.origin, listener: question.listener, version: question.version),
            userProperties: question.userProperties.map { PluginAPI.UserProperty($0.name, $0.value) },
            exchange: question.authenticationMethod.map {
                AuthenticationExchange(
                    method: $0, data: question.authenticationData.map { Secret($0) },
                    isReauthentication: isReauthentication)
            })
    }
}

extension ClientRestrictions {
    /// Values that mean nothing are taken for the nearest that do.
    init(_ restrictions: Restrictions) {
        self.init()
        maximumPublishSize = restrictions.maximumPublishSize.map { max(1, $0) }
        outgoingBytesPerSecond = restrictions.outgoingBytesPerSecond.map { max(1, $0) }
        incomingBytesPerSecond = restrictions.incomingBytesPerSecond.map { max(1, $0) }
        writeBuffer = restrictions.writeBuffer.flatMap {
            WriteBuffer(highThreshold: $0.highThreshold, lowThreshold: $0.lowThreshold)
        }
        maximumQueuedMessages = restrictions.maximumQueuedMessages.map { max(0, $0) }
        switch restrictions.queueStrategy {
        case .discard: queueStrategy = .discard
        case .discardOldest: queueStrategy = .discardOldest
        case nil: break
        }
        sessionExpiry = restrictions.sessionTimeToLive
        inflightQueueSize = restrictions.inflightQueueSize.map { min(max(1, $0), 65_535) }
    }
}

extension Restrictions {
    init(_ restrictions: ClientRestrictions) {
        self.init()
        maximumPublishSize = restrictions.maximumPublishSize
        outgoingBytesPerSecond = restrictions.outgoingBytesPerSecond
        incomingBytesPerSecond = restrictions.incomingBytesPerSecond
        writeBuffer = restrictions.writeBuffer.flatMap {
            WriteBuffer(highThreshold: $0.highThreshold, lowThreshold: $0.lowThreshold)
        }
        maximumQueuedMessages = restrictions.maximumQueuedMessages
        switch restrictions.queueStrategy {
        case .discard: queueStrategy = .discard
        case .discardOldest: queueStrategy = .discardOldest
        case nil: break
        }
        sessionTimeToLive = restrictions.sessionExpiry
        inflightQueueSize = restrictions.inflightQueueSize
    }
}

extension ClientRights.Stage {
    init(_ permissions: Permissions) {
        let rules = permissions.list.map { permission in
            var activity: ClientRights.Activity = []
            if permission.activity.contains(.publish) { activity.insert(.publish) }
            if permission.activity.contains(.subscribe) { activity.insert(.subscribe) }
            return ClientRights.Rule(
                topic: Array(permission.topic.utf8), isAllowed: permission.effect == .allow, activity: activity,
                qualities: permission.qualities.rawValue,
                speaksOfRetained: permission.retention.contains(.retained),
                speaksOfOthers: permission.retention.contains(.notRetained))
        }
        let otherwise: Bool? =
            switch permissions.otherwise {
            case .accept: true
            case .deny: false
            case .next: nil
            }
        self.init(rules: rules, otherwise: otherwise, filtersDelivery: permissions.subscribing == .isFiltered)
    }
}

extension PublishedMessage {
    /// The parts of a message; the properties were checked when it came in.
    init(
        topic: ByteView, properties: ByteView, payload: ByteView, qos: QualityOfService, retain: Bool,
        expirySeconds: UInt32?
    ) {
        self.init(
            topic: topic.text, payload: payload.bytes, qos: QoS(qos), isRetained: retain, expirySeconds: expirySeconds)
        var reader = PropertyReader(properties, in: .publish)
        while let (property, value) = try? reader.next() {
            switch (property, value) {
            case (.contentType, .bytes(let text)): contentType = text.text
            case (.responseTopic, .bytes(let text)): responseTopic = text.text
            case (.correlationData, .bytes(let data)): correlationData = data.bytes
            case (.payloadFormatIndicator, .number(let number)): isText = number == 1
            case (.userProperty, .pair(let name, let value)):
                userProperties.append(PluginAPI.UserProperty(name.text, value.text))
            default: break
            }
        }
    }

    init(_ message: Message, qos: QualityOfService, retain: Bool) {
        self = message.withParts { topic, properties, payload in
            PublishedMessage(
                topic: topic, properties: properties, payload: payload, qos: qos, retain: retain,
                expirySeconds: message.expirySeconds)
        }
    }
}

extension QoS {
    init(_ qos: QualityOfService) {
        switch qos {
        case .atMostOnce: self = .atMostOnce
        case .atLeastOnce: self = .atLeastOnce
        case .exactlyOnce: self = .exactlyOnce
        }
    }
}

extension QualityOfService {
    init(_ qos: QoS) {
        switch qos {
        case .atMostOnce: self = .atMostOnce
        case .atLeastOnce: self = .atLeastOnce
        case .exactlyOnce: self = .exactlyOnce
        }
    }
}

extension PluginAPI.Subscription {
    init(_ filter: [UInt8], _ options: SubscriptionOptions) {
        self.init(
            filter: String(decoding: filter, as: UTF8.self), qos: QoS(options.qos), noLocal: options.noLocal,
            retainAsPublished: options.retainAsPublished)
    }
}

extension ReasonCode {
    init(_ reason: RefusalReason) { self.init(rawValue: reason.rawValue) }
}
