/// What a few clients do to a broker, as bytes: the input of the shard's fuzz target and the form of its corpus files.
///
/// A step is one byte that says what happens and to whom, and what that needs. Every sequence of bytes is a script: what
/// is cut off at its end is left out.
package struct FuzzScript: Sendable, Equatable {
    package enum Step: Sendable, Equatable {
        /// A client sends bytes, which the broker reads in one piece.
        case feed(client: Int, [UInt8])
        /// A client's connection is lost, and it opens a new one.
        case reset(client: Int)
        /// Seconds pass.
        case advance(Int)
        /// A client reads what it was sent; the others have not done so yet.
        case read(client: Int)
    }

    package static let clientCount = 4
    package var steps: [Step]

    package init(steps: [Step]) { self.steps = steps }

    package init(bytes: [UInt8]) {
        steps = []
        var position = 0
        while position < bytes.count {
            let client = Int(bytes[position] & 3)
            let kind = bytes[position] >> 2
            position += 1
            switch kind & 3 {
            case 0, 1:  // a short or a long piece
                guard let (count, digits) = Self.count(bytes, position, long: kind & 3 == 1) else { return }
                position += digits
                let end = min(bytes.count, position + count)
                steps.append(.feed(client: client, Array(bytes[position..<end])))
                position = end
            case 2: steps.append(kind & 4 == 0 ? .reset(client: client) : .read(client: client))
            default:
                guard position < bytes.count else { return }
                steps.append(.advance(Int(bytes[position])))
                position += 1
            }
        }
    }

    private static func count(_ bytes: [UInt8], _ position: Int, long: Bool) -> (count: Int, digits: Int)? {
        guard position < bytes.count else { return nil }
        if !long { return (Int(bytes[position]), 1) }
        guard position + 1 < bytes.count else { return nil }
        return (Int(bytes[position]) << 8 | Int(bytes[position + 1]), 2)
    }

    /// The script as bytes.
    package var bytes: [UInt8] {
        var result: [UInt8] = []
        for step in steps {
            switch step {
            case .feed(let client, let piece):
                if piece.count < 256 {
                    result += [UInt8(client), UInt8(piece.count)]
                } else {
                    result += [UInt8(client) | 4, UInt8(truncatingIfNeeded: piece.count >> 8)]
                    result.append(UInt8(truncatingIfNeeded: piece.count))
                }
                result += piece
            case .reset(let client): result.append(UInt8(client) | 8)
            case .read(let client): result.append(UInt8(client) | 8 | 16)
            case .advance(let seconds): result += [12, UInt8(clamping: seconds)]
            }
        }
        return result
    }
}
