import BrokerValues
import NIOCore
import Testing

@testable import SkepBroker

struct LogPaceTests {
    @Test("One line of each kind passes in ten seconds, and the next one says how many were left out")
    func pace() {
        var pace = LogPace()
        let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
        #expect(first(&pace, .slowed(.credits), start) == 0)
        for _ in 0..<5 { #expect(first(&pace, .slowed(.credits), start + .seconds(9)) == nil) }
        #expect(first(&pace, .slowed(.connectRate), start) == 0)
        #expect(first(&pace, .nearConnectionLimit, start) == 0)
        #expect(first(&pace, .slowed(.credits), start + .seconds(10)) == 5)
        #expect(first(&pace, .slowed(.credits), start + .seconds(21)) == 0)
    }

    @Test("Who is refused is told one by one until there are too many, and then counted", arguments: [0x87, 0x97])
    func floods(code: UInt8) {
        var pace = LogPace()
        let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
        let kind = LogPace.Kind.refused(code)
        for _ in 0..<kind.most { #expect(first(&pace, kind, start) == 0) }
        for _ in 0..<7 { #expect(first(&pace, kind, start + .milliseconds(9_999)) == nil) }
        #expect(first(&pace, .refused(1), start) == 0)
        #expect(first(&pace, kind, start + .seconds(10)) == 7)
        for _ in 1..<kind.most { #expect(first(&pace, kind, start + .seconds(11)) == 0) }
        #expect(first(&pace, kind, start + .seconds(12)) == nil)
    }

    private func first(_ pace: inout LogPace, _ kind: LogPace.Kind, _ now: NIODeadline) -> Int? {
        pace.mayLog(kind, now: now)
    }
}
