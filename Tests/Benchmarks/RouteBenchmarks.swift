import BrokerValues
import MQTTWire
import SimulationKit

/// Messages through a whole shard: from the bytes of a read to the bytes for the sockets, acknowledgements and the end of
/// the tick included. What the clients do for it is in there: some 30 instructions a packet.
enum RouteBenchmarks {
    static var all: [Benchmark] {
        (0...2).map { fanIn(qos: $0) } + (0...2).map { pair(qos: $0) } + [0, 1].map { fanOut(qos: $0) }
            + [offline, unmatched]
    }

    private static let payload = [UInt8](repeating: 7, count: 64)

    /// Connects a client of version 3.1.1 that subscribes to filters, and takes what it is answered.
    private static func client(
        _ runner: NullRunner, _ name: String, _ filters: [String] = [], qos: UInt8 = 0, isDurable: Bool = false
    ) -> NullClient {
        let client = NullClient(runner)
        client.open()
        let fields = ConnectFields(name, version: .v3_1_1, cleanStart: !isDurable)
        runner.read(fields.bytes, of: client)
        for filter in filters {
            runner.read(ClientPacket.subscribe(1, [(filter, qos)], version: .v3_1_1), of: client)
        }
        runner.settle()
        precondition(client.answers == 1 + filters.count, "\(name) was not let in")
        return client
    }

    /// A read with so many publishes, all of different identifiers.
    private static func publishes(_ topic: String, qos: UInt8, count: Int) -> [UInt8] {
        (1...count).flatMap { number in
            ClientPacket.publish(topic, payload, qos: qos, identifier: number, version: .v3_1_1)
        }
    }

    /// Ten clients publish to one, 16 messages in each read, all ten in one tick. An operation is a message.
    private static func fanIn(qos: UInt8) -> Benchmark {
        let batch = 16
        return Benchmark("shard.fan-in.qos\(qos)", period: 10 * batch, resultOfPeriod: 10 * batch) {
            let runner = NullRunner()
            let receiver = client(runner, "receiver", ["sensors/#"], qos: qos)
            let senders = (0..<10).map { client(runner, "sender-\($0)") }
            let reads = (0..<10).map { publishes("sensors/s\($0)/value", qos: qos, count: batch) }
            return { operations in
                let before = receiver.publishes
                for _ in 0..<operations / (10 * batch) {
                    for number in 0..<10 { runner.read(reads[number], of: senders[number]) }
                    runner.settle()
                }
                return receiver.publishes - before
            }
        }
    }

    /// One message a tick from one client to another. An operation is a message.
    private static func pair(qos: UInt8) -> Benchmark {
        Benchmark("shard.pair.qos\(qos)", period: 200, resultOfPeriod: 200) {
            let runner = NullRunner()
            let receiver = client(runner, "receiver", ["pairs/p17"], qos: qos)
            let sender = client(runner, "sender")
            let read = publishes("pairs/p17", qos: qos, count: 1)
            return { operations in
                let before = receiver.publishes
                for _ in 0..<operations {
                    runner.read(read, of: sender)
                    runner.settle()
                }
                return receiver.publishes - before
            }
        }
    }

    /// One client publishes to a hundred, a message a tick. An operation is one message to all hundred.
    private static func fanOut(qos: UInt8) -> Benchmark {
        Benchmark("shard.fan-out-100.qos\(qos)", period: 20, resultOfPeriod: 20 * 100) {
            let runner = NullRunner()
            let receivers = (0..<100).map { client(runner, "receiver-\($0)", ["news/all"], qos: qos) }
            let sender = client(runner, "sender")
            let read = publishes("news/all", qos: qos, count: 1)
            return { operations in
                let before = receivers.reduce(0) { $0 + $1.publishes }
                for _ in 0..<operations {
                    runner.read(read, of: sender)
                    runner.settle()
                }
                return receivers.reduce(0) { $0 + $1.publishes } - before
            }
        }
    }

    /// Messages that wait for a client, who comes back and takes them. An operation is a message.
    private static var offline: Benchmark {
        let batch = 16
        let waiting = 25 * batch
        return Benchmark("shard.offline.qos1", period: waiting, resultOfPeriod: waiting) {
            let runner = NullRunner()
            let receiver = client(runner, "receiver", ["jobs/j17"], qos: 1, isDurable: true)
            let sender = client(runner, "sender")
            let read = publishes("jobs/j17", qos: 1, count: batch)
            let connect = ConnectFields("receiver", version: .v3_1_1, cleanStart: false).bytes
            return { operations in
                let before = receiver.publishes
                for _ in 0..<operations / waiting {
                    receiver.drop()
                    for _ in 0..<waiting / batch {
                        runner.read(read, of: sender)
                        runner.settle()
                    }
                    receiver.open()
                    runner.read(connect, of: receiver)
                    runner.settle()
                }
                return receiver.publishes - before
            }
        }
    }

    /// Messages that nobody wants. An operation is a message.
    private static var unmatched: Benchmark {
        let batch = 16
        return Benchmark("shard.unmatched.qos0", period: 10 * batch, resultOfPeriod: 0) {
            let runner = NullRunner()
            let receiver = client(runner, "receiver", ["sensors/+/value"])
            let sender = client(runner, "sender")
            let read = publishes("sensors/s17/state", qos: 0, count: batch)
            return { operations in
                let before = receiver.publishes
                for _ in 0..<operations / batch {
                    runner.read(read, of: sender)
                    runner.settle()
                }
                return receiver.publishes - before
            }
        }
    }
}
