import BrokerValues
import Testing

@testable import StressModel

struct RateGateTests {
    private let start = Instant(milliseconds: 5_000)

    private func gate(_ perSecond: Double, burst: Double) -> RateGate {
        let gate = RateGate()
        gate.setLimit(perSecond: perSecond, burst: burst)
        return gate
    }

    @Test("Without a limit everything passes and nothing is owed")
    func noLimit() {
        let gate = RateGate()
        #expect((0..<10_000).allSatisfy { _ in gate.take(at: start) })
        gate.charge(1 << 40, at: start)
        #expect(gate.balance(at: start) == .max)
        #expect(!gate.isLimited)
    }

    @Test("It starts full: as many as the burst pass in one moment, and not one more", arguments: [1, 2, 800])
    func startsFull(burst: Int) {
        let gate = gate(530, burst: Double(burst))
        #expect((0..<burst).allSatisfy { _ in gate.take(at: start) })
        #expect(!gate.take(at: start))
    }

    @Test("The worked example: 530 a second over a sustained time, 800 at once, and a pause refills no more than that")
    func workedExample() {
        let gate = gate(530, burst: 800)
        var passed = 0
        for millisecond in 0..<10_000 {
            let now = start.advanced(byMilliseconds: UInt64(millisecond))
            for _ in 0..<2 where gate.take(at: now) { passed += 1 }  // 2000 a second knock
        }
        #expect(abs(passed - (800 + 530 * 10)) <= 1)
        let later = start.advanced(bySeconds: 3600)
        var burst = 0
        while gate.take(at: later) { burst += 1 }
        #expect(burst == 800)
    }

    @Test("It says when the next one may pass, to the nanosecond")
    func opening() {
        let gate = gate(10, burst: 1)
        #expect(gate.opening(at: start) == start)
        #expect(gate.take(at: start))
        let opening = gate.opening(at: start)
        #expect(opening == start.advanced(byMilliseconds: 100))
        #expect(!gate.take(at: Instant(nanoseconds: opening.nanoseconds - 1)))
        #expect(gate.take(at: opening))
    }

    @Test("Bytes are counted after they have passed: whoever comes next waits as long as they are worth")
    func debt() {
        let gate = gate(1_000, burst: 100)
        gate.charge(1_100, at: start)
        #expect(gate.balance(at: start) == -1_000_000_000)
        #expect(gate.balance(at: start.advanced(bySeconds: 1)) == 0)
        #expect(gate.balance(at: start.advanced(bySeconds: 100)) == 100_000_000)
    }

    @Test("A limit that is removed owes nothing, then or later", arguments: [0.0, -1, .nan, .infinity])
    func removing(rate: Double) {
        let gate = gate(1_000, burst: 100)
        gate.charge(10_000, at: start)
        gate.setLimit(perSecond: rate, burst: 0, at: start)
        #expect(gate.balance(at: start) == .max)
        gate.setLimit(perSecond: 1_000, burst: 100, at: start)
        #expect(gate.balance(at: start) >= 0)
    }

    @Test("What is owed is owed in bytes: at a thousand times the limit it is paid a thousand times sooner")
    func rescaling() {
        let gate = gate(1_000, burst: 0)
        gate.charge(600_000, at: start)
        #expect(gate.balance(at: start) == -600_000_000_000)
        gate.setLimit(perSecond: 1_000_000, burst: 0, at: start)
        #expect(gate.balance(at: start) == -600_000_000)
        gate.setLimit(perSecond: 1_000, burst: 0, at: start)
        #expect(gate.balance(at: start) == -600_000_000_000)
    }

    @Test("Extreme numbers do not overflow")
    func extremes() {
        for rate in [1e-300, 1e-9, 1, 1e12, 1e300] {
            for burst in [0, 1, 1e30] {
                let gate = gate(rate, burst: burst)
                for now in [Instant(nanoseconds: 0), start, .never] {
                    gate.charge(.max, at: now)
                    gate.charge(.max, at: now)
                    _ = gate.take(.max, at: now)
                    _ = gate.balance(at: now)
                    _ = gate.opening(at: now)
                    _ = gate.units(in: .max)
                    _ = gate.units(in: .min)
                }
            }
        }
    }

    @Test("Two threads together take no more than the limit")
    func sharedByThreads() async {
        let gate = gate(1, burst: 5_000)
        let start = start
        let taken = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<2 {
                group.addTask { (0..<10_000).count { _ in gate.take(at: start) } }
            }
            return await group.reduce(0, +)
        }
        #expect(taken == 5_000)
    }
}
