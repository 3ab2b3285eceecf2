import BrokerValues
import MQTTWire
import SessionMachine

/// What the session machine does for each message.
enum SessionBenchmarks {
    static var all: [Benchmark] { [outboundQoS1, outboundQoS2, inboundQoS1, inboundQoS2, arrivals, acknowledgements] }

    /// Messages in flight at a time.
    private static let count = 16
    /// Theirs: a window that is empty gives out the same ones again.
    private static let identifiers: ClosedRange<UInt16> = 1...16

    private static func delivery(_ qos: QualityOfService) -> Delivery {
        let message = Array("fleet/r17/d004711/cmd".utf8).withByteView { topic in
            [UInt8](repeating: 7, count: 64).withByteView { payload in
                Message.make(topic: topic, properties: .empty, payload: payload, qos: qos, retain: false)
            }
        }
        return Delivery(message: message, qos: qos, retain: false)
    }

    /// Send and PUBACK.
    private static var outboundQoS1: Benchmark {
        Benchmark("session.outbound.qos1", period: count, resultOfPeriod: count * 64) {
            let delivery = delivery(.atLeastOnce)
            var window = OutboundWindow(limit: 100)
            return { operations in
                var bytes = 0
                for _ in 0..<operations / count {
                    for _ in 0..<count { _ = window.publishSent(delivery) }
                    for identifier in identifiers {
                        if case .completed(let done?) = window.pubackReceived(identifier) {
                            bytes &+= done.message.payloadCount
                        }
                    }
                }
                return bytes
            }
        }
    }

    /// Send, PUBREC and PUBCOMP.
    private static var outboundQoS2: Benchmark {
        Benchmark("session.outbound.qos2", period: count, resultOfPeriod: count) {
            let delivery = delivery(.exactlyOnce)
            var window = OutboundWindow(limit: 100)
            return { operations in
                var done = 0
                for _ in 0..<operations / count {
                    for _ in 0..<count { _ = window.publishSent(delivery) }
                    for identifier in identifiers {
                        guard case .release = window.pubrecReceived(identifier, isError: false) else { return .min }
                    }
                    for identifier in identifiers {
                        if case .completed = window.pubcompReceived(identifier) { done &+= 1 }
                    }
                }
                return done
            }
        }
    }

    private static var inboundQoS1: Benchmark {
        Benchmark("session.inbound.qos1", period: count, resultOfPeriod: count) {
            var flow = InboundFlow()
            return { operations in
                var routed = 0
                for operation in 0..<operations {
                    let decision = flow.publishReceived(
                        qos: .atLeastOnce, packetIdentifier: UInt16(truncatingIfNeeded: operation & 15 &+ 1),
                        receiveMaximum: 1000)
                    if decision == .route { routed &+= 1 }
                }
                return routed
            }
        }
    }

    /// PUBLISH and PUBREL, 16 open at a time.
    private static var inboundQoS2: Benchmark {
        Benchmark("session.inbound.qos2", period: count, resultOfPeriod: 2 * count) {
            var flow = InboundFlow()
            return { operations in
                var done = 0
                for _ in 0..<operations / count {
                    for identifier in identifiers {
                        let decision = flow.publishReceived(
                            qos: .exactlyOnce, packetIdentifier: identifier, receiveMaximum: 1000)
                        if decision == .route { done &+= 1 }
                    }
                    for identifier in identifiers where flow.pubrelReceived(packetIdentifier: identifier) {
                        done &+= 1
                    }
                }
                return done
            }
        }
    }

    /// Whether a packet may come now, asked for each.
    private static var arrivals: Benchmark {
        Benchmark("session.packet-arrived", period: count, resultOfPeriod: count * Int(PacketType.publish.rawValue)) {
            let limits = BrokerLimits()
            let now = Instant(milliseconds: 1000)
            var machine = ConnectionMachine(accepted: now, limits: limits)
            let packet = ConnectPacket(version: .v5, clientIdentifier: "d004711")
            _ = machine.connectReceived(packet, limits: limits, now: now)
            machine.authenticated()
            machine.opened(now: now)
            let packets: [UInt8] = (0..<count).flatMap { _ in [0x30, 2, 0, 0] }
            return { operations in
                packets.sum(packets: operations) { (header, _) throws(WireError) in
                    Int(try machine.packetArrived(header, now: now).rawValue)
                }
            }
        }
    }

    /// Acknowledgements that wait for a commit, all of the batch at once.
    private static var acknowledgements: Benchmark {
        Benchmark("session.acknowledgement-queue", period: count, resultOfPeriod: count) {
            var queue = AcknowledgementQueue()
            return { operations in
                var sent = 0
                for _ in 0..<operations / count {
                    for identifier in identifiers {
                        queue.append(
                            .publish(.puback, packetIdentifier: identifier, reason: .success), awaiting: 1)
                    }
                    queue.resolve(1)
                    while queue.popReady() != nil { sent &+= 1 }
                }
                return sent
            }
        }
    }
}
