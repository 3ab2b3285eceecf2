import Testing

@testable import skepbench

struct LatencyHistogramTests {
    @Test("A histogram without observations has no quantile")
    func empty() {
        #expect(LatencyHistogram().quantile(0.5) == nil)
        #expect(LatencyHistogram().maximum == 0)
    }

    @Test("Quantiles lie within 0.1% of the observation of that rank, and the maximum is exact")
    func quantiles() throws {
        var histogram = LatencyHistogram()
        for value in 1...10_000 { histogram.record(value * 1_000) }
        for share in [0.001, 0.5, 0.9, 0.99, 0.999] {
            let exact = Double(share * 10_000) * 1_000
            let found = Double(try #require(histogram.quantile(share)))
            // 64 ns is the least that is told apart.
            #expect(abs(found - exact) <= max(64, exact / 1_000), "\(share): \(found)")
        }
        #expect(histogram.quantile(1) == 10_000_000)
        #expect(histogram.count == 10_000)
    }

    @Test("Numbers beyond the range are counted at its ends")
    func outside() {
        var histogram = LatencyHistogram()
        histogram.record(-5)
        histogram.record(.max)
        #expect(histogram.count == 2)
        #expect((histogram.quantile(0.5) ?? .max) < 64)
        #expect(histogram.maximum == .max)
        #expect((histogram.quantile(1) ?? 0) >= 3_599 * MonotonicClock.second)
    }

    @Test("Histograms of several threads add up")
    func sum() {
        var sum = LatencyHistogram()
        var other = LatencyHistogram()
        sum.add(other)
        #expect(sum.count == 0)
        other.record(5_000_000)
        sum.add(other)
        sum.add(other)
        #expect(sum.count == 2 && sum.maximum == 5_000_000)
    }
}
