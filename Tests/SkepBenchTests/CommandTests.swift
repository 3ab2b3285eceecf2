import ArgumentParser
import MQTTWire
import Testing

@testable import skepbench

struct CommandTests {
    @Test(
        "Senseless arguments are refused",
        arguments: [
            ["storm", "--clients", "0"], ["storm", "--clients", "x"], ["storm", "--port", "0"],
            ["storm", "--port", "65536"], ["storm", "--protocol-version", "6"], ["storm", "--settled", "0"],
            ["storm", "--pid", "0"], ["storm", "--host", ""], ["heavy", "--qos", "2"], ["heavy", "--window", "0"],
            ["heavy", "--window", "60001"], ["heavy", "--payload", "8"], ["heavy", "--interval", "9"],
            ["heavy", "--duration", "0"], ["disconnect"], ["disconnect", "--wills", "--will-qos", "2"],
            ["disconnect", "--wills", "--ending", "bang"], ["disconnect", "--metrics", "127.0.0.1:9399"],
            ["fan-in", "--qos", "3"], ["fan-in", "--rate", "1", "--window", "1"], ["fan-out", "--subscribers", "0"],
            ["pairs", "--filters", "1"], ["pairs", "--payload", "-1"], ["shared", "--threads", "0"],
            ["fleet", "--window", "1"],
            ["fleet", "--rate", "0"], ["idle", "--clients", "0"], ["offline", "--qos", "0"],
            ["retained", "--qos", "0"], ["retained", "--payload", "0"], ["compare", "a"],
            ["fan-in", "--metrics", "https://x:1"], ["pairs", "--churn", "1e-300"], ["pairs", "--password", "x"],
        ])
    func refused(arguments: [String]) {
        #expect(throws: (any Error).self) { try Skepbench.parseAsRoot(arguments) }
    }

    @Test(
        "The bounds themselves are taken",
        arguments: [
            ["storm"], ["heavy"], ["disconnect", "--wills"], ["disconnect", "--pid", "1"],
            ["disconnect", "--metrics", "http://127.0.0.1:9399/metrics"], ["storm", "--clients", "1"],
            ["storm", "--protocol-version", "5"], ["heavy", "--payload", "9"], ["heavy", "--window", "60000"],
            ["fan-in", "--payload", "0"], ["pairs", "--idle", "1", "--filters", "1"], ["compare", "a", "b"],
            ["fleet", "--rate", "0.1"], ["fleet"], ["fan-in", "--threads", "64", "--rate", "1"],
        ])
    func taken(arguments: [String]) throws {
        _ = try Skepbench.parseAsRoot(arguments)
    }

    @Test("A broker that is not there is told with its status")
    func unreachable() throws {
        let error = #expect(throws: BenchError.self) {
            // Port 1 of the loopback: nothing listens there.
            let target = try Endpoint.resolve(host: "127.0.0.1", port: 1)
            let encoder = ClientEncoder(version: .v3_1_1)
            _ = try Connector.run(
                ConnectPlan(target: target, sources: [], encoder: encoder, count: 3, identifierPrefix: "t"))
        }
        #expect(error?.kind == .unavailable)
    }
}

struct ConnectPlanTests {
    @Test("Waits between attempts grow to a limit and differ between clients")
    func backoff() {
        let first = (0..<100).map { ConnectPlan.backoff(attempt: 1, client: $0) }
        #expect(Set(first).count > 50)
        let shortest = ConnectPlan.firstBackoff
        #expect(first.allSatisfy { $0 >= shortest && $0 < shortest * 3 / 2 })
        #expect(ConnectPlan.backoff(attempt: 2, client: 0) == 2 * shortest)
        #expect(ConnectPlan.backoff(attempt: 1_000, client: 99) < ConnectPlan.longestBackoff * 3 / 2)
    }

    @Test("Loopback targets get as many source addresses as their connections need")
    func sources() throws {
        let target = try Endpoint.resolve(host: "127.0.0.1", port: 1883)
        #expect(try Endpoint.sources(named: [], for: 10_000, to: target).isEmpty)
        #expect(try Endpoint.sources(named: [], for: 20_001, to: target).count == 3)
        #expect(try Endpoint.sources(named: ["127.0.0.9"], for: 20_001, to: target).count == 1)
    }
}
