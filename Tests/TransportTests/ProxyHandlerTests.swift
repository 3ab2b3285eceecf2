import BrokerValues
import NIOCore
import NIOEmbedded
import Testing

@testable import BrokerTransport

@Suite("The door of the PROXY protocol")
struct ProxyHandlerTests {
    private let header = ProxyBytes.binary(ProxyBytes.inet + ProxyBytes.tls())

    @Test("What comes behind the header is handed on, with what the header says, in one read or byte by byte")
    func handsOn() throws {
        let whole = try EmbeddedDoor.proxy()
        whole.send(header + [1, 2, 3])
        let drip = try EmbeddedDoor.proxy()
        for byte in header + [1, 2, 3] { drip.send([byte]) }
        for door in [whole, drip] {
            door.send([4])
            #expect(door.recorder.received == [1, 2, 3, 4])
            #expect(door.facts?.address == "192.0.2.1:54321")
            #expect(door.facts?.proxy?.proxyAddress == "203.0.113.9:4711")
            #expect(door.facts?.proxy?.commonName == "sensor-1")
            #expect(door.isOpen)
            #expect(throws: (any Error).self) {
                try door.channel.pipeline.syncOperations.handler(type: ProxyHandler.self)
            }
        }
    }

    @Test("A header without anything behind it begins the next stage")
    func alone() throws {
        let door = try EmbeddedDoor.proxy(peer: "2001:db8::7")
        door.send(Array("PROXY UNKNOWN\r\n".utf8))
        #expect(door.facts?.address == "[2001:db8::7]:4711")
        #expect(door.recorder.reads == 0)
        #expect(door.isOpen)
    }

    @Test("A source that is not trusted is closed, header or not", arguments: ["198.51.100.1", "2001:db9::1"])
    func untrusted(peer: String) throws {
        let door = try EmbeddedDoor.proxy(peer: peer)
        #expect(!door.isOpen)
        door.send(header + [1])
        #expect(door.facts == nil)
        #expect(door.report.count(ProxyRefusal.untrustedSource) == 1)
    }

    @Test("A trusted source without a header is closed")
    func noHeader() throws {
        let door = try EmbeddedDoor.proxy()
        door.send([0x10, 0x0C, 0, 4] + Array("MQTT".utf8))
        #expect(!door.isOpen)
        #expect(door.facts == nil)
        #expect(door.report.count(ProxyRefusal.noHeader) == 1)
    }

    @Test("A header that is not whole in time is not waited for")
    func late() throws {
        let silent = try EmbeddedDoor.proxy()
        let slow = try EmbeddedDoor.proxy()
        slow.send(Array(header.dropLast()))
        for door in [silent, slow] {
            door.wait(.milliseconds(9_999))
            #expect(door.isOpen)
            door.wait(.milliseconds(1))
            #expect(!door.isOpen)
            #expect(door.report.count(ProxyRefusal.incomplete) == 1)
        }
    }

    @Test("Who had a header is not measured by its time")
    func inTime() throws {
        let door = try EmbeddedDoor.proxy()
        door.send(header)
        door.wait(.seconds(60))
        #expect(door.isOpen)
    }

    @Test("A peer that closes within its header is counted, one that says nothing is not")
    func peerCloses() throws {
        let within = try EmbeddedDoor.proxy()
        within.send(Array(header.prefix(20)))
        _ = try within.channel.finish()
        #expect(within.report.count(ProxyRefusal.incomplete) == 1)
        let silent = try EmbeddedDoor.proxy()
        _ = try silent.channel.finish()
        #expect(ProxyRefusal.allCases.allSatisfy { silent.report.count($0) == 0 })
    }
}
