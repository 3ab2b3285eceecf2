import Testing

@testable import skepbench

struct LatencyHistogramTests {
    @Test("Each bucket ends where the next begins, and none is wider than a 32nd of its numbers")
    func buckets() {
        for index in 0..<LatencyHistogram.bucketCount - 1 {
            let greatest = LatencyHistogram.greatest(of: index)
            #expect(LatencyHistogram.index(of: greatest) == index)
            #expect(LatencyHistogram.index(of: greatest + 1) == index + 1)
        }
        for value in [1_000, 123_456, 7_000_000, 1 << 39] {
            let greatest = LatencyHistogram.greatest(of: LatencyHistogram.index(of: value))
            #expect(greatest >= value && Double(greatest) < Double(value) * 33 / 32)
        }
    }

    @Test("A histogram without observations has no quantile")
    func empty() {
        #expect(LatencyHistogram().quantile(0.5) == nil)
        #expect(LatencyHistogram().maximum == 0)
    }

    @Test("Quantiles lie within 3% above the observation of that rank, and the maximum is exact")
    func quantiles() throws {
        var histogram = LatencyHistogram()
        for value in 1...10_000 { histogram.record(value * 1_000) }
        for share in [0.001, 0.5, 0.9, 0.99, 0.999] {
            let exact = Int(share * 10_000) * 1_000
            let found = try #require(histogram.quantile(share))
            #expect(found >= exact && Double(found) <= Double(exact) * 1.0325, "\(share): \(found)")
        }
        #expect(histogram.quantile(1) == 10_000_000)
        #expect(histogram.quantile(0) == histogram.quantile(0.0001))
        #expect(histogram.count == 10_000)
    }

    @Test("Numbers beyond the range are counted in the first and the last bucket")
    func outside() {
        var histogram = LatencyHistogram()
        histogram.record(-5)
        histogram.record(.max)
        #expect(histogram.count == 2)
        #expect(histogram.quantile(0.5) == 0)
        #expect(histogram.maximum == .max)
    }
}
