package import BrokerValues

/// The closed sets of label values, in the order of the slots that belong to them.
package enum MetricLabels {
    /// Packet types by their number, PUBLISH among them; 0 is reserved and never counted.
    package static let packetTypes = [
        "reserved", "connect", "connack", "publish", "puback", "pubrec", "pubrel", "pubcomp", "subscribe", "suback",
        "unsubscribe", "unsuback", "pingreq", "pingresp", "disconnect", "auth",
    ]
    package static let qos = ["0", "1", "2"]
    package static let versions = ["3.1", "3.1.1", "5"]
    /// The causes of ``DisconnectCause`` in the order of ``DisconnectCause/counterIndex``.
    package static let disconnectReasons = [
        "client_disconnected", "peer_closed", "socket_failed", "keep_alive", "taken_over", "protocol_error",
        "server_shutdown", "kicked", "limit_exceeded", "server_failed",
    ]
    package static let pauseCauses = PauseCause.allCases.map(\.rawValue)
    package static let limits = LimitName.allCases.map(\.rawValue)
    package static let dropReasons = DropReason.allCases.map(\.rawValue)
    /// Refusals of CONNECT; names as in MQTT 5 section 3.2.2.2.
    package static let connectRefusals = connectRefusalCodes.map(\.name) + ["other"]

    private static let connectRefusalCodes: [(code: UInt8, name: String)] = [
        (0x80, "unspecified_error"), (0x81, "malformed_packet"), (0x82, "protocol_error"),
        (0x83, "implementation_specific_error"), (0x84, "unsupported_protocol_version"),
        (0x85, "client_identifier_not_valid"), (0x86, "bad_user_name_or_password"), (0x87, "not_authorized"),
        (0x88, "server_unavailable"), (0x89, "server_busy"), (0x8A, "banned"), (0x8C, "bad_authentication_method"),
        (0x90, "topic_name_invalid"), (0x95, "packet_too_large"), (0x97, "quota_exceeded"),
        (0x99, "payload_format_invalid"), (0x9A, "retain_not_supported"), (0x9B, "qos_not_supported"),
        (0x9C, "use_another_server"), (0x9D, "server_moved"), (0x9F, "connection_rate_exceeded"),
    ]

    /// Where a reason code stands among the refusals.
    package static func connectRefusalIndex(of code: UInt8) -> Int {
        connectRefusalCodes.firstIndex { $0.code == code } ?? connectRefusalCodes.count
    }
}

extension DisconnectCause {
    /// The place of the cause in ``ShardCounters/disconnects``.
    package var counterIndex: Int {
        switch self {
        case .clientDisconnected: 0
        case .peerClosed: 1
        case .socketFailed: 2
        case .keepAliveExpired: 3
        case .takenOver: 4
        case .protocolError: 5
        case .serverShutdown: 6
        case .administrative: 7
        case .limitExceeded: 8
        case .serverFailed: 9
        }
    }
}

extension DropReason {
    /// The place of the reason in ``ShardCounters/messagesDropped``, before the QoS.
    package var counterIndex: Int {
        switch self {
        case .clientQueueFull: 0
        case .clientQueueBytesFull: 1
        case .brokerQueueBytesFull: 2
        case .connectionNotWritable: 3
        case .clientOffline: 4
        case .packetTooLarge: 5
        case .expired: 6
        case .sessionEnded: 7
        case .noGroupMember: 8
        case .retainedBacklogFull: 9
        case .retainedStoreFull: 10
        case .notAuthorized: 11
        case .refusedBeforeSending: 12
        case .unreadable: 13
        }
    }
}
