import MQTTWire
import BrokerCore
import BrokerValues
import RandomKit
import SessionMachine
import Testing

@testable import SessionStorage

@Suite("The database against a model")
struct ModelTests {
    @Test("After any batches and restarts everything is there as the model says", arguments: Seeds.all)
    func model(seed: UInt64) throws {
        let directory = try TemporaryDirectory()
        var random = SeededGenerator(seed: seed)
        var model = StorageModel()
        var database = try StorageDatabase.recovered(directory.path, options: small)
        for round in 0..<40 {
            for _ in 0..<random.below(20) {
                // Several batches in one transaction, as they come from several shards.
                var batches: [StorageBatch] = []
                for _ in 0...random.below(4) { batches.append(model.change(&random)) }
                _ = try database.write(batches)
                try database.checkpointIfDue()
                if random.chance(5) { _ = try database.reclaim(pages: 10) }
            }
            #expect(database.rows.messages == model.messageCount, "seed \(seed), round \(round)")
            for (question, answer) in model.questions {
                let loaded = try database.load(question)
                #expect(loaded.map(\.number) == question.numbers)
                #expect(loaded.map { Content($0.delivery.message) } == answer.map { Content($0.message) })
                #expect(loaded.map(\.delivery.subscriptionIdentifiers) == answer.map(\.subscriptionIdentifiers))
            }
            if random.chance(50) { try database.close() }
            let rows = database.rows
            database = try reopen(&database, directory.path)
            let recovered = try database.recoverAll()
            #expect(recovered.summary == model.summary, "seed \(seed), round \(round)")
            #expect(recovered.report.removedMessages == 0)
            #expect(recovered.report.faults.count == 0)
            #expect(database.rows == rows)
        }
        #expect(model.messageCount > 0)
        #expect(try database.connection.text("PRAGMA integrity_check") == "ok")
    }

    /// Checkpoints come often.
    private let small = StorageOptions(durability: .interval, cacheBytes: 1 << 20, checkpointBytes: 100_000)

    /// The directory is given back before it is taken again.
    private func reopen(_ database: inout StorageDatabase, _ path: String) throws -> StorageDatabase {
        let spare = try TemporaryDirectory()
        database = try StorageDatabase.unrecovered(spare.path)
        return try StorageDatabase.unrecovered(path, options: small)
    }
}
