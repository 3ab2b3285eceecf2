import BrokerCore
import RandomKit
import Testing

@testable import SessionStorage

@Suite("A write-ahead log that is damaged")
struct TornLogTests {
    /// Bytes of the log's header, and of each frame.
    private static let header = 32
    private static let frame = 24 + 4096

    @Test(
        "Whatever is cut off or changed, all commits before that place are there and no half of one",
        arguments: Seeds.all)
    func torn(seed: UInt64) throws {
        let directory = try TemporaryDirectory()
        var random = SeededGenerator(seed: seed)
        var model = StorageModel()
        let database = try StorageDatabase.recovered(directory.path)
        // What was committed where in the log.
        var commits: [(end: Int, summary: [String])] = [
            (Self.header + database.connection.framesInLog * Self.frame, model.summary)
        ]
        for _ in 0..<30 {
            _ = try database.write([model.change(&random)])
            commits.append((Self.header + database.connection.framesInLog * Self.frame, model.summary))
        }
        let file = try Files.read(directory.path + "/skep.db")
        let log = try Files.read(directory.path + "/skep.db-wal")
        let first = commits[0].end
        #expect(log.count >= commits[30].end)
        var survivors: Set<Int> = []
        for _ in 0..<40 {
            let place = first + random.below(commits[30].end - first)
            var damaged = log
            if random.chance(50) {
                damaged.removeSubrange(place...)
            } else {
                damaged[place] ^= UInt8(1 + random.below(255))
            }
            let copy = try TemporaryDirectory()
            try Files.write(file, to: copy.path + "/skep.db")
            try Files.write(damaged, to: copy.path + "/skep.db-wal")
            let recovered = try StorageDatabase.unrecovered(copy.path).recoverAll()
            let expected = try #require(commits.lastIndex { $0.end <= place })
            #expect(recovered.summary == commits[expected].summary, "seed \(seed), damaged at \(place)")
            survivors.insert(expected)
        }
        #expect(survivors.count > 3)
    }

    @Test(
        "A database file with any bytes changed is read, refused or found damaged, and nothing else happens",
        arguments: Seeds.all)
    func damagedFile(seed: UInt64) throws {
        let directory = try TemporaryDirectory()
        var random = SeededGenerator(seed: seed)
        var model = StorageModel()
        do {
            let database = try StorageDatabase.recovered(directory.path)
            for _ in 0..<100 { _ = try database.write([model.change(&random)]) }
            try database.close()
        }
        let file = try Files.read(directory.path + "/skep.db")
        var (sound, unsound) = (0, 0)
        for _ in 0..<40 {
            var damaged = file
            for _ in 0...random.below(6) {
                // Headers of pages and what they point with, more often than contents.
                let place =
                    random.chance(60)
                    ? random.below(file.count / 4096) * 4096 + random.below(40) : random.below(file.count)
                damaged[place] = UInt8(truncatingIfNeeded: random.next())
            }
            let copy = try TemporaryDirectory()
            try Files.write(damaged, to: copy.path + "/skep.db")
            let check = try? StorageDatabase.check(copy.path)
            if check?.isSound == true { sound += 1 } else { unsound += 1 }
            #expect(try Files.read(copy.path + "/skep.db") == damaged, "a check changes nothing")
            guard let database = try? StorageDatabase.unrecovered(copy.path), (try? database.recoverAll()) != nil else {
                continue
            }
            for (question, _) in model.questions { _ = try? database.load(question) }
            for _ in 0..<5 { _ = try? database.write([model.change(&random)]) }
        }
        #expect(unsound > 5, "\(sound) sound, \(unsound) not")
    }
}
