import ArgumentParser
import Glibc
import MQTTWire

/// Where the broker is and how it is spoken to; the same for all scenarios.
struct TargetOptions: ParsableArguments {
    @Option(name: .long, help: "The broker's address or name.")
    var host = "127.0.0.1"

    @Option(name: .long, help: "The broker's port.")
    var port: UInt16 = 1883

    @Option(name: .long, help: "The version of MQTT: 3.1, 3.1.1 or 5.")
    var protocolVersion: ProtocolVersion = .v3_1_1

    @Option(
        name: .long,
        help: """
            A source address; may be given several times, for more connections than one address has ports. For a broker \
            on the loopback, addresses of the loopback are taken by themselves.
            """)
    var source: [String] = []

    @Option(name: .long, help: "The user name that all clients give.")
    var user: String?

    @Option(name: .long, help: "Their password; other users of this machine can read it in the list of processes.")
    var password: String?

    @Option(name: .long, help: "The broker's process on this machine: reports its CPU time and memory.")
    var pid: Int32?

    @Flag(name: .long, help: "One JSON object instead of a table.")
    var json = false

    func validate() throws {
        if port == 0 { throw ValidationError("--port must be 1 to 65535.") }
        if host.isEmpty { throw ValidationError("--host needs an address or a name.") }
        if password != nil, user == nil { throw ValidationError("--password needs a --user.") }
        if let pid, pid < 1 { throw ValidationError("--pid must be the number of a process.") }
    }

    func broker() throws(BenchError) -> BrokerProcess? {
        guard let pid else { return nil }
        return try BrokerProcess(pid: pid)
    }

    func endpoint() throws(BenchError) -> Endpoint { try Endpoint.resolve(host: host, port: port) }

    var encoder: ClientEncoder { ClientEncoder(version: protocolVersion, user: user, password: password) }

    /// A plan for `count` clients whose names no other run has.
    func plan(_ count: Int, _ name: String, to target: Endpoint) throws(BenchError) -> ConnectPlan {
        ConnectPlan(
            target: target, sources: try Endpoint.sources(named: source, for: count, to: target), encoder: encoder,
            count: count, identifierPrefix: "\(Self.runName)-\(name)-")
    }

    /// Distinguishes the clients and topics of runs beside or soon after one another; short, since MQTT 3.1 has
    /// identifiers of 23 bytes at most.
    static let runName = "b\(String(getpid(), radix: 36))"

    /// Begins all topics of a run.
    static var topicPrefix: String { "skepbench/\(runName)/" }

    /// Checks that a number lies within bounds.
    static func check<Number: Comparable>(_ name: String, _ value: Number, _ bounds: ClosedRange<Number>) throws {
        if !bounds.contains(value) {
            throw ValidationError("--\(name) must be \(bounds.lowerBound) to \(bounds.upperBound), not \(value).")
        }
    }
}

extension ProtocolVersion: ExpressibleByArgument {
    /// What people write.
    package static var allValueStrings: [String] { allCases.map(\.name) }

    package var defaultValueDescription: String { name }

    /// The version that people write so, such as `3.1.1`; nil if there is none.
    package init?(argument: String) {
        guard let version = ProtocolVersion.allCases.first(where: { $0.name == argument }) else { return nil }
        self = version
    }
}
