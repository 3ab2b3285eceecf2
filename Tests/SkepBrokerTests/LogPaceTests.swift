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

    private func first(_ pace: inout LogPace, _ kind: LogPace.Kind, _ now: NIODeadline) -> Int? {
        pace.mayLog(kind, now: now)
    }
}
