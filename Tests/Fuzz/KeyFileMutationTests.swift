import FuzzTargets
import RandomKit
import Testing

/// Files of users and rules with faults in them.
@Suite("Mutated files of users and rules")
struct KeyFileMutationTests {
    @Test("Every file of the corpus is read without a contradiction, and the seeds are good files")
    func corpusFiles() throws {
        let files = try corpus("keys")
        #expect(files.count >= 3)
        for file in files {
            let isGood = KeyFileFuzz.fuzz(file.bytes)
            #expect(isGood || !file.name.hasPrefix("seed-"), "\(file.name)")
        }
    }

    @Test("No mutation of a good file stops the program or leads to a contradiction")
    func mutations() throws {
        var random = SeededGenerator(seed: FuzzSeed.value)
        let seeds = try corpus("keys").map(\.bytes)
        let words = [
            "#", "+", "$", ":", "\n", "%u", "%c", "${clientid}", "user ", "topic ", "deny ", "group x\nmember y\n",
        ]
        var good = 0
        for number in 0..<FuzzSeed.mutations {
            guard var bytes = random.pick(seeds) else { return }
            for _ in 0...random.below(4) where bytes.count > 1 {
                let place = 1 + random.below(bytes.count - 1)
                switch random.below(4) {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes.insert(contentsOf: Array((random.pick(words) ?? "").utf8), at: place)
                case 2: bytes.removeSubrange(place..<min(place + random.below(30), bytes.count))
                default: bytes += bytes[place..<min(place + random.below(80), bytes.count)]
                }
            }
            if number % 50 == 0 { bytes[0] = UInt8(random.below(3)) }
            if KeyFileFuzz.fuzz(bytes) { good += 1 }
        }
        #expect(good > 0, "no mutation was good, so the rest of the path was not tried")
    }
}
