import BrokerValues
import RandomKit
import Testing

@testable import StressModel

/// A client that offers so much work every tenth of a second, and what became of it.
private final class Client: CreditHolder {
    var credits = CreditAccount()
    var isInCreditBook = false
    let offer: Int
    /// Work that its socket still holds.
    var backlog = 0
    var done = 0
    var isPaused = false
    var pausedTicks = 0
    var longestPause = 0
    private var pausedSince = 0

    init(offer: Int) { self.offer = offer }

    func pause(tick: Int) {
        isPaused = true
        pausedSince = tick
    }

    func resume(tick: Int) {
        isPaused = false
        longestPause = max(longestPause, tick - pausedSince)
    }
}

/// One event loop with its stress model and its credits: the loop that both make together, under a clock of its own.
///
/// The worst case for it: whatever clients are allowed to send is taken in at once, and what the event loop cannot do
/// within its tenth of a second makes it late.
private struct Plant {
    /// Credits that the event loop can spend in a tick.
    var capacity = 1_000_000
    let clients: [Client]
    private var book = CreditBook<Client>()
    private var valve = CreditValve()
    private(set) var model = StressModel()
    private(set) var tick = 0
    /// Work taken in and not done.
    private(set) var late = 0
    private(set) var levels: [Int] = []
    private(set) var latest: [Int] = []

    init(_ offers: [Int]) { clients = offers.map { Client(offer: $0) } }

    mutating func run(ticks: Int, _ random: inout SeededGenerator, offering: Bool = true) {
        for _ in 0..<ticks { step(&random, offering: offering) }
    }

    private mutating func step(_ random: inout SeededGenerator, offering: Bool) {
        tick += 1
        book.refill(valve.advance(100_000_000, SheddingTable.rule(at: model.level)))
        let isShedding = valve.isLimiting
        for client in clients {
            if offering { client.backlog += client.offer / 2 + random.below(client.offer + 1) }
            if client.isPaused, !isShedding || client.credits.resumesAt <= book.refilled { client.resume(tick: tick) }
            while client.backlog > 0, !client.isPaused {
                let cost = min(client.backlog, 20_000)
                client.backlog -= cost
                client.done += cost
                late += cost
                if book.spend(cost, by: client), isShedding { client.pause(tick: tick) }
            }
            if client.isPaused { client.pausedTicks += 1 }
            // A socket holds so much; then the client itself has to wait.
            client.backlog = min(client.backlog, 4 * capacity)
        }
        let share = Double(min(late, capacity)) / Double(capacity)
        late = max(0, late - capacity)
        latest.append(late)
        var readings = StressReadings()
        readings.eventLoopLagMilliseconds = Double(late) / Double(capacity) * 100
        readings.cpuShare = share
        _ = model.evaluate(readings, at: Instant(milliseconds: 1_000_000 + UInt64(tick) * 100))
        levels.append(model.level)
    }

    /// How often the level rose.
    func rises(in range: Range<Int>) -> Int { range.dropFirst().count { levels[$0] > levels[$0 - 1] } }
}

struct ProtectionLoopTests {
    @Test(
        "Under a heavy client for twenty minutes, light clients are never paused, and all that they send is done",
        arguments: Seeds.all)
    func heavyClient(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var plant = Plant([5_000_000] + [Int](repeating: 100, count: 100))
        plant.run(ticks: 12_000, &random)
        for client in plant.clients.dropFirst() {
            #expect(client.pausedTicks == 0)
            #expect(client.backlog == 0)
        }
        let heavy = plant.clients[0]
        #expect(heavy.pausedTicks > 0)
        #expect(heavy.done > 12_000 * 100_000, "it still gets a tenth of the loop at least")
        #expect(heavy.longestPause <= 1_000, "a client must go on within a hundred seconds")
        // The level does not hunt: a level that was reached stays for ten seconds at least.
        let rises = plant.rises(in: 3_000..<12_000)
        #expect(rises <= 9_000 / 50, "\(rises)")
        let lateTicks = plant.latest.dropFirst(3_000).count { $0 > 3 * plant.capacity }
        #expect(
            lateTicks <= 9_000 / 1_000,
            "300 ms late in \(lateTicks) ticks, \(plant.latest.dropFirst(3_000).max() ?? 0)")
    }

    @Test("Ten equal clients that together offer too much are slowed alike", arguments: Seeds.all)
    func fairness(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var plant = Plant([Int](repeating: 400_000, count: 10))
        plant.run(ticks: 6_000, &random)
        let done = plant.clients.map(\.done)
        let mean = done.reduce(0, +) / done.count
        #expect(done.allSatisfy { abs($0 - mean) < mean / 10 }, "\(done)")
        #expect(done.reduce(0, +) > 6_000 * plant.capacity / 4, "the loop may not lie idle for most of the time")
    }

    @Test("When the load ends every client goes on, and the level comes back to 0", arguments: Seeds.all)
    func recovery(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var plant = Plant([5_000_000, 3_000_000] + [Int](repeating: 5_000, count: 50))
        plant.run(ticks: 3_000, &random)
        plant.run(ticks: 1_200, &random, offering: false)
        #expect(plant.clients.allSatisfy { !$0.isPaused && $0.backlog == 0 })
        #expect(plant.model.level == 0)
    }

    @Test("A load that the loop can just do slows nobody", arguments: Seeds.all)
    func justEnough(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var plant = Plant([Int](repeating: 8_000, count: 100))
        plant.run(ticks: 3_000, &random)
        #expect(plant.clients.allSatisfy { $0.pausedTicks == 0 })
    }
}
