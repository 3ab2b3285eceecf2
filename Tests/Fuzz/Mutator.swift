import RandomKit
import SimulationKit
import FuzzTargets

/// Makes wrong conversations out of right ones.
struct Mutator {
    var random: SeededGenerator

    /// One conversation with a few changes.
    mutating func mutated() -> [UInt8] {
        var packets = (random.pick(Conversation.all) ?? Conversation.all[0]).packets
        for _ in 0...random.below(2) { change(&packets) }
        var bytes = packets.flatMap { $0 }
        for _ in 0..<random.below(4) { change(&bytes) }
        return bytes
    }

    /// Changes what packets there are.
    private mutating func change(_ packets: inout [[UInt8]]) {
        let position = random.below(packets.count)
        switch random.below(6) {
        case 0: packets.swapAt(position, random.below(packets.count))
        case 1: packets.insert(packets[position], at: random.below(packets.count))
        case 2: if packets.count > 1 { packets.remove(at: position) }
        case 3:  // a packet of another conversation
            if let other = random.pick(random.pick(Conversation.all)?.packets ?? []) {
                packets.insert(other, at: position)
            }
        case 4:  // another first byte
            packets[position][0] = UInt8(truncatingIfNeeded: random.next())
        default: break
        }
    }

    /// Changes bytes wherever they stand.
    private mutating func change(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        let position = random.below(bytes.count)
        switch random.below(8) {
        case 0: bytes[position] ^= UInt8(1) << UInt8(random.below(8))
        case 1: bytes[position] = UInt8(truncatingIfNeeded: random.next())
        case 2: bytes[position] = random.pick([0, 1, 2, 0x7F, 0x80, 0xFF] as [UInt8]) ?? 0
        case 3: bytes.insert(contentsOf: random.bytes(1 + random.below(8)), at: position)
        case 4: bytes.removeSubrange(position..<min(bytes.count, position + 1 + random.below(8)))
        case 5: bytes.removeSubrange(position...)
        case 6:  // a piece again
            let end = min(bytes.count, position + random.below(32))
            bytes.insert(contentsOf: bytes[position..<end], at: random.below(bytes.count))
        default: bytes[position] &+= 1
        }
    }

    /// Cuts bytes into pieces, mostly large ones.
    mutating func pieces(_ bytes: [UInt8]) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var position = 0
        let largest = random.pick([3, 17, 200, 1 << 20]) ?? 1
        while position < bytes.count {
            let end = min(bytes.count, position + 1 + random.below(largest))
            pieces.append(Array(bytes[position..<end]))
            position = end
        }
        return pieces
    }
}

/// Where a seed comes from, and how many cases are run.
enum FuzzSeed {
    /// `SKEP_FUZZ_SEED`, or the fixed seed of the normal run.
    static let value: UInt64 = environment("SKEP_FUZZ_SEED").flatMap { UInt64($0) } ?? 20_250_101

    /// `SKEP_FUZZ_MUTATIONS`, or the number of the normal run.
    static let mutations: Int = environment("SKEP_FUZZ_MUTATIONS").flatMap { Int($0) } ?? 10_000
}
