import Glibc
import SimulationKit
import Testing

/// Brokers that crash and come back on what their storage has kept, everything from one seed.
///
/// `SKEP_SIMULATION_SEEDS` asks for more runs than the usual, `SKEP_SIMULATION_SEED` repeats one.
@Suite("Crashes in simulation")
struct CrashTests {
    private static func number(_ name: String) -> Int? {
        guard let text = unsafe getenv(name) else { return nil }
        return unsafe Int(String(cString: text))
    }

    static let seeds: [Int] = {
        if let one = number("SKEP_SIMULATION_SEED") { return [one] }
        return Array(1...(number("SKEP_SIMULATION_SEEDS") ?? 25))
    }()

    @Test("A broker that crashes loses nothing acknowledged, doubles no QoS 2, keeps the order and leaks nothing")
    func crashes() {
        var (crashes, failures, attributeAnswers) = (0, 0, 0)
        for seed in Self.seeds {
            let run = CrashRun(seed: seed)
            run.play()
            run.finish()
            let faults = run.faults()
            #expect(faults == [], "repeat with SKEP_SIMULATION_SEED=\(seed)")
            failures += faults.isEmpty ? 0 : 1
            if failures == 5 { return }
            crashes += run.crashes
            attributeAnswers += run.attributeAnswers
        }
        #expect(crashes > 0)
        #expect(attributeAnswers > crashes)
    }
}
