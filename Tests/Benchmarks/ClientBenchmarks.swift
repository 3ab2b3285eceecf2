import BrokerCore
import BrokerValues
import MQTTWire
import SimulationKit

/// Clients that come and go.
enum ClientBenchmarks {
    static var all: [Benchmark] { [cycle(.v3_1_1), cycle(.v5), subscribe, ping] }

    /// Clients of different names.
    private static let count = 16

    /// A socket, CONNECT, SUBSCRIBE, DISCONNECT and the end of the socket, each in a tick of its own.
    private static func cycle(_ version: ProtocolVersion) -> Benchmark {
        let suffix = version == .v5 ? "-v5" : ""
        return Benchmark("shard.connect-subscribe-disconnect\(suffix)", period: count, resultOfPeriod: 2 * count) {
            let runner = NullRunner()
            let clients = (0..<count).map { _ in NullClient(runner) }
            let connects = (0..<count).map { ConnectFields("d00\($0)", version: version).bytes }
            let subscribes = (0..<count).map {
                ClientPacket.subscribe(1, [("fleet/r17/d00\($0)/cmd", 1)], version: version)
            }
            let disconnect = ClientPacket.disconnect()
            return { operations in
                let before = clients.reduce(0) { $0 + $1.answers }
                for _ in 0..<operations / count {
                    for number in 0..<count {
                        let client = clients[number]
                        client.open()
                        runner.read(connects[number], of: client)
                        runner.settle()
                        runner.read(subscribes[number], of: client)
                        runner.settle()
                        runner.read(disconnect, of: client)
                        runner.settle()
                        client.drop()
                        runner.settle()
                    }
                }
                precondition(runner.shard.sessionCount == 0 && runner.shard.connectionCount == 0)
                return clients.reduce(0) { $0 + $1.answers } - before
            }
        }
    }

    /// SUBSCRIBE and UNSUBSCRIBE of one filter.
    private static var subscribe: Benchmark {
        connected(
            "subscribe-unsubscribe",
            [
                ClientPacket.subscribe(1, [("fleet/+/d004711/cmd", 1)]),
                ClientPacket.unsubscribe(2, ["fleet/+/d004711/cmd"]),
            ])
    }

    private static var ping: Benchmark { connected("ping", [ClientPacket.pingreq]) }

    /// A client that sends one packet a tick; each is answered.
    private static func connected(_ name: String, _ packets: [[UInt8]]) -> Benchmark {
        Benchmark("shard.\(name)", period: 200, resultOfPeriod: 200 * packets.count) {
            let runner = NullRunner()
            let client = NullClient(runner)
            client.open()
            runner.read(ConnectFields("d004711").bytes, of: client)
            runner.settle()
            return { operations in
                let before = client.answers
                for _ in 0..<operations {
                    for packet in packets {
                        runner.read(packet, of: client)
                        runner.settle()
                    }
                }
                return client.answers - before
            }
        }
    }
}
