import RandomKit
import BrokerValues
import Testing

@testable import StressModel

/// A client with an account.
private final class Client: CreditHolder {
    var credits = CreditAccount()
    var isInCreditBook = false
}

struct CreditTests {
    @Test("An account is full at first, empty when all is spent, and full again after as much was given back")
    func spendAndRefill() {
        var account = CreditAccount()
        #expect(account.credits(refilled: 0) == CreditAccount.full)
        let early = account.spend(CreditAccount.full - 1, refilled: 0)
        #expect(!early)
        #expect(account.credits(refilled: 0) == 1)
        let last = account.spend(1, refilled: 0)
        #expect(last)
        #expect(account.credits(refilled: 0) == 0)
        #expect(account.credits(refilled: 1_000) == 1_000)
        #expect(account.credits(refilled: CreditAccount.full) == CreditAccount.full)
        #expect(account.credits(refilled: 2 * CreditAccount.full) == CreditAccount.full)
    }

    @Test("Debt has a limit, so the time until a client goes on has one too")
    func largestDebt() {
        var account = CreditAccount()
        for _ in 0..<100 { _ = account.spend(CreditAccount.full, refilled: 0) }
        #expect(account.credits(refilled: 0) == -CreditAccount.largestDebt)
        let slowest = SheddingTable.rules.map(\.creditsPerTick).min() ?? 0
        let ticks = (account.resumesAt + slowest - 1) / slowest
        #expect(ticks <= 900, "a client must go on within a minute and a half at the highest level")
    }

    @Test("Below the shedding level a client cannot spend what it gets back, at every level above it gets less")
    func table() {
        let rules = SheddingTable.rules
        #expect(rules.count == StressModel.highestLevel + 1)
        for level in 0..<StressModel.sheddingLevel { #expect(rules[level] == SheddingTable.free) }
        // A tenth of a second has a million credits.
        #expect(SheddingTable.free.creditsPerTick > 1_000_000)
        for level in StressModel.sheddingLevel...StressModel.highestLevel {
            #expect(rules[level].creditsPerTick < rules[level - 1].creditsPerTick)
            #expect(rules[level].creditsPerTick > 0)
            #expect(!rules[level].isReady)
            #expect(rules[level].connectsPerSecond ?? .infinity <= rules[level - 1].connectsPerSecond ?? .infinity)
            #expect(rules[level].willsPerTick ?? .max <= rules[level - 1].willsPerTick ?? .max)
            #expect(rules[level].retainedPerTick ?? .max <= rules[level - 1].retainedPerTick ?? .max)
        }
        #expect(SheddingTable.rule(at: -1) == rules[0])
        #expect(SheddingTable.rule(at: 99) == rules[10])
    }

    @Test("A message costs its sender what it causes")
    func costs() {
        let alone = CreditCost.publish(bytes: 64, receivers: 0, queued: 0, isRetained: false)
        let one = CreditCost.publish(bytes: 64, receivers: 1, queued: 0, isRetained: false)
        let thousand = CreditCost.publish(bytes: 64, receivers: 1_000, queued: 0, isRetained: false)
        #expect(alone < one)
        #expect(thousand > 400 * one)
        #expect(CreditCost.publish(bytes: 64, receivers: 1, queued: 1, isRetained: false) > one)
        #expect(CreditCost.publish(bytes: 64, receivers: 1, queued: 0, isRetained: true) > one)
        #expect(CreditCost.publish(bytes: 65_536, receivers: 1, queued: 0, isRetained: false) > 100 + one)
    }

    @Test("The book's sums equal those of all accounts after any spending and refilling", arguments: Seeds.all)
    func bookAgainstModel(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var book = CreditBook<Client>()
        let clients = (0..<50).map { _ in Client() }
        for _ in 0..<1_000 {
            if random.next() % 4 == 0 {
                book.refill(SheddingTable.rule(at: Int(random.next() % 11)).creditsPerTick)
            } else {
                let client = clients[Int(random.next() % 50)]
                let cost = random.next() % 50 == 0 ? CreditAccount.full : Int(random.next() % 20_000)
                let isExhausted = book.spend(cost, by: client)
                #expect(isExhausted == (client.credits.credits(refilled: book.refilled) <= 0))
            }
            let missing = clients.reduce(0) { $0 + CreditAccount.full - $1.credits.credits(refilled: book.refilled) }
            // An account stays in its bucket until that has passed.
            #expect(abs(book.missing - missing) <= 50 * 5_000)
            #expect(book.usingCount >= clients.count { $0.credits.fullAt > book.refilled })
        }
        for _ in 0..<3 { book.refill(CreditAccount.full) }
        #expect(book.usingCount == 0)
        #expect(book.missing == 0)
        #expect(clients.allSatisfy { !$0.isInCreditBook })
    }

    @Test("A client that has gone is not kept for longer than its debt lasts")
    func goneClients() {
        var book = CreditBook<Client>()
        weak var gone: Client?
        do {
            let client = Client()
            gone = client
            _ = book.spend(CreditAccount.full / 2, by: client)
            book.forget(client)
        }
        #expect(gone != nil)
        book.refill(CreditAccount.full)
        #expect(gone == nil)
        #expect(book.usingCount == 0)
    }
}
