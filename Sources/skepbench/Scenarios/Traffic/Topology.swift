import BrokerValues

/// Who publishes what to whom: what tells one scenario of traffic from another.
struct Topology: Sendable {
    /// A client: what it subscribes to, what it publishes.
    struct Client: Sendable {
        var filter: String?
        var topics: [String] = []
        var qos = QualityOfService.atMostOnce
        var payloadSize = 0
        /// Clients that get each of its messages.
        var receivers = 0
        var weight = 1
    }

    let scenario: String
    let title: String
    let clients: [Client]

    /// Each of many to all of a few: telemetry.
    static func fanIn(publishers: Int, subscribers: Int, _ prefix: String, _ options: TrafficOptions) -> Topology {
        Topology(
            scenario: "fan-in", title: "\(publishers) publishers to \(subscribers) subscribers of all",
            clients: receivers(subscribers, of: "\(prefix)#")
                + senders(publishers, options, receivers: subscribers) { "\(prefix)dev/\($0)/temp" })
    }

    /// Each of a few to all of many: commands.
    static func fanOut(publishers: Int, subscribers: Int, _ prefix: String, _ options: TrafficOptions) -> Topology {
        Topology(
            scenario: "fan-out", title: "\(publishers) publishers, each message to \(subscribers) subscribers",
            clients: receivers(subscribers, of: "\(prefix)all")
                + senders(publishers, options, receivers: subscribers) { _ in "\(prefix)all" })
    }

    /// One to one, many times.
    static func pairs(_ count: Int, _ prefix: String, _ options: TrafficOptions) -> Topology {
        Topology(
            scenario: "pairs", title: "\(count) publishers, each with a subscriber of its own",
            clients: (0..<count).map { Client(filter: "\(prefix)pair/\($0)") }
                + senders(count, options, receivers: 1) { "\(prefix)pair/\($0)" })
    }

    /// Each of many to one of a group: work that is shared.
    static func shared(publishers: Int, subscribers: Int, _ prefix: String, _ options: TrafficOptions) -> Topology {
        Topology(
            scenario: "shared", title: "\(publishers) publishers to a shared subscription of \(subscribers)",
            clients: receivers(subscribers, of: "$share/bench/\(prefix)#")
                + senders(publishers, options, receivers: 1) { "\(prefix)dev/\($0)/temp" })
    }

    /// Groups of devices that are commanded together.
    static let commandGroups = 10
    /// Services that share each kind of telemetry.
    static let services = 4

    /// A fleet as there are many: of 100 devices 90 sensors that send 64 bytes with QoS 0, 9 gateways that send 256 bytes
    /// with QoS 1 ten times as often, 1 camera that sends 8 KB with QoS 1; every device listens for commands to its
    /// group. Services share the telemetry, one monitor sees everything.
    static func fleet(devices: Int, _ prefix: String) -> Topology {
        var clients: [Client] = []
        for number in 0..<devices {
            var device = Client(filter: "\(prefix)group/\(number % commandGroups)/command", receivers: 2)
            switch number % 100 {
            case 0:
                (device.topics, device.qos, device.payloadSize) = (["\(prefix)\(number)/image"], .atLeastOnce, 8_192)
            case 1...9:
                (device.topics, device.qos, device.payloadSize) = (["\(prefix)\(number)/batch"], .atLeastOnce, 256)
                device.weight = 10
            default:
                (device.topics, device.qos, device.payloadSize) = (["\(prefix)\(number)/telemetry"], .atMostOnce, 64)
            }
            clients.append(device)
        }
        for kind in ["telemetry", "batch", "image"] {
            clients += receivers(services, of: "$share/\(kind)/\(prefix)+/\(kind)")
        }
        clients.append(Client(filter: "\(prefix)#"))
        for group in 0..<commandGroups {
            let members = devices / commandGroups + (group < devices % commandGroups ? 1 : 0)
            clients.append(
                Client(
                    topics: ["\(prefix)group/\(group)/command"], qos: .atLeastOnce, payloadSize: 128,
                    receivers: members + 1))
        }
        return Topology(scenario: "fleet", title: "a mixed fleet of \(devices) devices", clients: clients)
    }

    private static func receivers(_ count: Int, of filter: String) -> [Client] {
        [Client](repeating: Client(filter: filter), count: count)
    }

    private static func senders(
        _ count: Int, _ options: TrafficOptions, receivers: Int, _ topic: (Int) -> String
    ) -> [Client] {
        (0..<count).map {
            Client(topics: [topic($0)], qos: options.level, payloadSize: options.payload, receivers: receivers)
        }
    }

    /// The publishers, for clients that are connected in the order of ``clients``.
    var publishers: [TrafficPlan.Publisher] {
        clients.enumerated().filter { !$0.element.topics.isEmpty }.map { number, client in
            TrafficPlan.Publisher(
                client: number, topics: client.topics, qos: client.qos, payloadSize: client.payloadSize,
                receivers: client.receivers, weight: client.weight)
        }
    }
}
