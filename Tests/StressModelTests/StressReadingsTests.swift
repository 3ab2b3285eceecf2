import Testing

@testable import StressModel

@Suite("Readings become ratios")
struct StressReadingsTests {
    @Test(
        "Every signal is 0 at its calm end, 1 at its exhausted end, and in between half way",
        arguments: StressSignal.allCases)
    func ends(_ signal: StressSignal) throws {
        for expected in [0, 0.5, 1] {
            let ratio = try #require(StressReadings.only(signal, expected).ratio(of: signal))
            #expect(abs(ratio - expected) < 0.000_001)
        }
        for other in StressSignal.allCases where other != signal {
            #expect(StressReadings.only(signal, 1).ratio(of: other) == nil)
        }
    }

    @Test("What is above the range counts as its end")
    func clamped() {
        var readings = StressReadings()
        readings.cpuShare = 17
        readings.eventLoopLagMilliseconds = .greatestFiniteMagnitude
        readings.fileDescriptors = StressUse(.max, of: 1)
        #expect(readings.ratio(of: .cpu) == 1)
        #expect(readings.ratio(of: .eventLoopLag) == 1)
        #expect(readings.ratio(of: .fileDescriptors) == 1)
    }

    @Test(
        "A number that is negative, infinite or none counts as not measured",
        arguments: [Double.nan, .signalingNaN, .infinity, -.infinity, -0.001, -.greatestFiniteMagnitude])
    func faults(_ value: Double) {
        var readings = StressReadings()
        readings.eventLoopLagMilliseconds = value
        readings.cpuShare = value
        readings.cpuStall = value
        readings.memoryStall = value
        readings.ioStall = value
        readings.storageDelayMilliseconds = value
        for signal in StressSignal.allCases { #expect(readings.ratio(of: signal) == nil) }
    }

    @Test("A limit of 0 is no limit, so the signal is not measured")
    func noLimit() {
        var readings = StressReadings()
        readings.memory = StressUse(5, of: 0)
        readings.queueMemory = StressUse(0, of: 0)
        #expect(readings.ratio(of: .memory) == nil)
        #expect(readings.ratio(of: .queueMemory) == nil)
    }

    @Test("The names of signals are what dashboards ask for")
    func names() {
        #expect(
            StressSignal.allCases.map(\.rawValue) == [
                "event_loop_lag", "cpu", "memory", "pressure_cpu", "pressure_memory", "pressure_io", "outbound_backlog",
                "queue_memory", "file_descriptors", "mailbox_depth", "storage_delay", "storage_backlog",
            ])
    }
}
