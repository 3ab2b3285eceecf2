import RandomKit
import BrokerValues
import Testing

@testable import StressModel

@Suite("The stress level")
struct StressLevelTests {
    @Test("A broker at rest is at level 0, and nothing leads")
    func rest() {
        var bench = Bench()
        bench.run(.calm, times: 100)
        #expect(bench.model.level == 0)
        #expect(bench.model.leadingSignal == nil)
        #expect(bench.model.changes == 0)
        #expect(!bench.model.isShedding)
    }

    @Test("Without any reading there is no ratio and no stress")
    func nothingMeasured() {
        var bench = Bench()
        bench.run(StressReadings(), times: 100)
        #expect(bench.model.level == 0)
        #expect(StressSignal.allCases.allSatisfy { bench.model.ratio(of: $0) == nil })
    }

    @Test("Every signal can lead, and its ratio shows", arguments: StressSignal.allCases)
    func everySignalLeads(_ signal: StressSignal) throws {
        var bench = Bench()
        bench.run(.calm(but: [signal: 1]), times: 100)
        #expect(bench.model.leadingSignal == signal)
        #expect(try #require(bench.model.ratio(of: signal)) > 0.99)
        #expect(bench.model.level == (signal.kind == .effort ? 3 : 10))
    }

    @Test("A resource that runs out raises the level alone, with the others calm or not measured")
    func oneIsEnough() {
        for base in [StressReadings(), .calm] {
            var readings = base
            readings.fileDescriptors = StressUse(99, of: 100)
            var bench = Bench()
            bench.run(readings, times: 100)
            #expect(bench.model.level == 10)
            #expect(bench.model.isShedding)
        }
    }

    @Test("A machine that is as busy as can be, with nothing late, is at level 3")
    func busy() {
        var bench = Bench()
        bench.run(.calm(but: [.cpu: 1, .pressureCPU: 1, .pressureIO: 1]), times: 3000)
        #expect(bench.model.level == 3)
        #expect(bench.levels.max() == 3)
        #expect(StressModel.threshold(StressModel.sheddingLevel) > StressModel.effortCeiling)
    }

    @Test(
        "Without congestion a busy machine never brings the level above 3, whatever resources are used",
        arguments: Seeds.all)
    func busyNeverSheds(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let resources = StressSignal.allCases.filter { $0.kind == .resource }
        for _ in 0..<2000 {
            var ratios: [StressSignal: Double] = [:]
            for signal in resources { ratios[signal] = Double.random(in: 0...1, using: &generator) }
            let without = StressScore { ratios[$0] }.value
            for signal in [StressSignal.cpu, .pressureCPU, .pressureIO] { ratios[signal] = 1 }
            for signal in StressSignal.allCases where signal.kind == .congestion { ratios[signal] = 0 }
            let with = StressScore { ratios[$0] }.value
            #expect(with <= max(without, StressModel.effortCeiling))
        }
    }

    @Test("A busy machine makes congestion count for more")
    func effortSupports() {
        let congested: [StressSignal: Double] = [.eventLoopLag: 0.4, .cpu: 0]
        var busy = congested
        busy[.cpu] = 1
        #expect(StressScore { busy[$0] }.value > StressScore { congested[$0] }.value + 0.05)
    }

    @Test("A missing signal is left out, and the weights of the rest make one again")
    func renormalised() {
        let present: [StressSignal: Double] = [.eventLoopLag: 0.5, .memory: 0.4, .queueMemory: 0.4]
        // 0.5 leads; the other two have the mean 0.4, whatever their weights are.
        let expected = 0.5 + 0.5 * StressModel.supportShare * 0.4
        #expect(abs(StressScore { present[$0] }.value - expected) < 0.000_001)
        var withCalm = present
        withCalm[.fileDescriptors] = 0
        #expect(StressScore { withCalm[$0] }.value < expected)
    }

    @Test(
        "The score is between 0 and 1, at least as high as its leading harm, and the same on each side of a change of the lead",
        arguments: Seeds.all)
    func bounds(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            var ratios: [StressSignal: Double] = [:]
            for signal in StressSignal.allCases where Bool.random(using: &generator) {
                ratios[signal] = Double.random(in: 0...1, using: &generator)
            }
            let score = StressScore { ratios[$0] }
            let harm = ratios.filter { $0.key.kind != .effort }.values.max() ?? 0
            #expect(score.value >= harm)
            #expect(score.value <= 1)
            #expect((score.leading == nil) == (score.value == 0))
        }
        // Where lag overtakes memory the score makes no jump that could move the level.
        let before = StressScore { [.eventLoopLag: 0.499_999, .memory: 0.5, .fileDescriptors: 0][$0] }.value
        let after = StressScore { [.eventLoopLag: 0.500_001, .memory: 0.5, .fileDescriptors: 0][$0] }.value
        #expect(abs(after - before) < StressModel.fallMargin)
    }

    @Test("A change tells from where to where, when and why, and is counted")
    func change() {
        var bench = Bench()
        var changes: [StressLevelChange] = []
        for _ in 0..<300 {
            if let change = bench.advance(.calm(but: [.memory: 1])) { changes.append(change) }
        }
        #expect(changes.first?.from == 0)
        #expect(changes.last?.to == 10)
        #expect(zip(changes, changes.dropFirst()).allSatisfy { $0.to == $1.from && $0.at < $1.at })
        #expect(changes.allSatisfy { $0.leading == .memory })
        #expect(bench.model.changes == UInt64(changes.count))
    }
}
