import BrokerCore
import RandomKit
import Testing

@testable import SessionStorage

/// A directory on a disk that can fail, with a model of what it must hold.
private final class Machine {
    let directory: TemporaryDirectory
    let disk = SimulatedDisk()
    var random: SeededGenerator
    var model = StorageModel()
    var database: StorageDatabase?
    let durability: StorageOptions.Durability

    init(seed: UInt64, _ durability: StorageOptions.Durability) throws {
        directory = try TemporaryDirectory()
        random = SeededGenerator(seed: seed)
        self.durability = durability
        _ = try start()
    }

    // The database must be closed before its disk goes.
    deinit { database = nil }

    /// Opens the database as the disk has it.
    func start() throws -> [String] {
        database = nil
        let options = StorageOptions(
            durability: durability, cacheBytes: 1 << 20, checkpointBytes: 60_000, vfs: disk.name)
        let database = try StorageDatabase.unrecovered(directory.path, options: options)
        let recovered = try database.recoverAll()
        #expect(recovered.report.faults.count == 0)
        #expect(try database.connection.text("PRAGMA integrity_check") == "ok")
        self.database = database
        return recovered.summary
    }

    /// Loses power while the database is open, and starts again.
    func losePower() throws -> [String] {
        // The process is gone: what its end would write must not be written.
        disk.breaks(.dead, after: 0)
        database = nil
        disk.losePower(&random)
        return try start()
    }

    /// The database, which is open between the calls above.
    func opened() throws -> StorageDatabase { try #require(database) }
}

@Suite("Disks that fail")
struct DiskFaultTests {
    @Test("After a loss of power every commit is there, and nothing else", arguments: Seeds.all)
    func powerLoss(seed: UInt64) throws {
        let machine = try Machine(seed: seed, .always)
        for round in 0..<120 {
            _ = try machine.opened().write([machine.model.change(&machine.random)])
            if machine.random.chance(50) { try machine.opened().checkpointIfDue() }
            if machine.random.chance(5) { _ = try machine.opened().reclaim(pages: 5) }
            guard machine.random.chance(15) else { continue }
            #expect(try machine.losePower() == machine.model.summary, "seed \(seed), round \(round)")
        }
    }

    @Test(
        "With intervals, all commits before the last sync are there after a loss of power, and no half of one",
        arguments: Seeds.all)
    func interval(seed: UInt64) throws {
        let machine = try Machine(seed: seed, .interval)
        var models = [machine.model]
        var (lost, kept) = (0, 0)
        for round in 0..<240 {
            _ = try machine.opened().write([machine.model.change(&machine.random)])
            models.append(machine.model)
            if machine.random.chance(50) { try machine.opened().checkpointIfDue() }
            if machine.random.chance(20) {
                try machine.opened().sync()
                models = [machine.model]
            }
            guard machine.random.chance(10) else { continue }
            let found = try machine.losePower()
            let index = models.lastIndex { $0.summary == found }
            let survivor = try #require(index, "seed \(seed), round \(round)")
            if survivor < models.count - 1 { lost += 1 } else { kept += 1 }
            machine.model = models[survivor]
            models = [machine.model]
        }
        #expect(lost > 0 && kept > 0, "the disk loses nothing, or everything")
    }

    @Test(
        "A sync that has failed is made good by the next, though the kernel has forgotten what it lost",
        arguments: Seeds.all)
    func failedSync(seed: UInt64) throws {
        let machine = try Machine(seed: seed, .interval)
        for round in 0..<20 {
            for _ in 0..<machine.random.below(5) + 1 {
                _ = try machine.opened().write([machine.model.change(&machine.random)])
            }
            machine.disk.breaks(.sync, after: 0)
            #expect(throws: StorageFailure.self) { try machine.opened().sync() }
            try machine.opened().sync()
            #expect(try machine.losePower() == machine.model.summary, "seed \(seed), round \(round)")
        }
    }

    @Test("A write that fails changes nothing and can be repeated", arguments: Seeds.all)
    func failedWrite(seed: UInt64) throws {
        let machine = try Machine(seed: seed, .always)
        var failures: [SimulatedDisk.Fault: Int] = [:]
        for round in 0..<200 {
            if let fault = try writeWithFault(machine) { failures[fault, default: 0] += 1 }
            machine.disk.mend()
            if machine.random.chance(30) { checkpoint(machine) }
            guard machine.random.chance(10) else { continue }
            #expect(try machine.losePower() == machine.model.summary, "seed \(seed), round \(round)")
        }
        #expect(failures.count == 3 && failures.values.allSatisfy { $0 > 5 }, "\(failures)")
    }

    /// Writes on a disk that may fail, and again on one that is mended. Returns what it failed with.
    private func writeWithFault(_ machine: Machine) throws -> SimulatedDisk.Fault? {
        let database = try machine.opened()
        let before = database.rows
        var batches = [machine.model.change(&machine.random)]
        if machine.random.chance(50) { batches.append(machine.model.change(&machine.random)) }
        let fault = [SimulatedDisk.Fault.full, .shortWrite, .sync][machine.random.below(3)]
        machine.disk.breaks(fault, after: machine.random.below(fault == .sync ? 2 : 12))
        do throws(StorageFailure) {
            _ = try database.write(batches)
            return nil
        } catch {
            switch (error, fault) {
            case (.full, .full), (.inputOutput, .shortWrite), (.inputOutput, .sync): break
            default: Issue.record("\(fault) became \(error)")
            }
        }
        #expect(database.rows == before)
        machine.disk.mend()
        _ = try database.write(batches)
        return fault
    }

    /// A checkpoint that may fail: it can be tried again, and nothing is lost.
    private func checkpoint(_ machine: Machine) {
        let fault = [SimulatedDisk.Fault.full, .shortWrite, .sync][machine.random.below(3)]
        machine.disk.breaks(fault, after: machine.random.below(fault == .sync ? 3 : 20))
        _ = try? machine.opened().checkpointIfDue()
        machine.disk.mend()
    }

    @Test("A disk that dies in the middle of a commit leaves all of it or nothing", arguments: Seeds.all)
    func death(seed: UInt64) throws {
        let machine = try Machine(seed: seed, .always)
        var (done, undone) = (0, 0)
        for round in 0..<100 {
            let before = machine.model
            let batch = machine.model.change(&machine.random)
            machine.disk.breaks(.dead, after: machine.random.below(40))
            let committed = (try? machine.opened().write([batch])) != nil
            _ = try? machine.opened().checkpointIfDue()
            guard machine.disk.faults > 0 else {
                machine.disk.mend()
                continue
            }
            let found = try machine.losePower()
            if found == machine.model.summary {
                done += 1
            } else {
                #expect(!committed && found == before.summary, "seed \(seed), round \(round)")
                machine.model = before
                undone += 1
            }
        }
        #expect(done > 5 && undone > 5, "\(done) done, \(undone) not")
    }
}
