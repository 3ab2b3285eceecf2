import MQTTWire
import NIOCore
import Testing

@Suite("Out buffer")
struct OutBufferTests {
    private func append(_ bytes: [UInt8], to out: inout OutBuffer) { bytes.withByteView { out.append($0) } }

    private func pieces(_ out: inout OutBuffer) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        out.drain { pieces.append(Array($0.readableBytesView)) }
        return pieces
    }

    @Test("A new buffer is empty and hands nothing to the socket")
    func empty() {
        var out = OutBuffer()
        #expect(out.isEmpty)
        #expect(out.count == 0)
        #expect(out.idleCapacity == 0)
        #expect(pieces(&out) == [])
        append([], to: &out)
        #expect(out.isEmpty)
    }

    @Test("Small packets stand behind one another in one piece")
    func onePiece() throws {
        var out = OutBuffer()
        append([1, 2], to: &out)
        out.appendPingresp()
        append([3], to: &out)
        #expect(out.count == 5)
        let single = try #require(out.single)
        #expect(Array(single.readableBytesView) == [1, 2, 0xD0, 0, 3])
        #expect(pieces(&out) == [[1, 2, 0xD0, 0, 3]])
    }

    @Test("A shared slice stands in its place between what is copied")
    func segments() {
        var out = OutBuffer()
        append([1], to: &out)
        out.append(shared: ByteBuffer(bytes: [10, 11]))
        out.append(shared: ByteBuffer(bytes: [12]))
        append([2], to: &out)
        append([3], to: &out)
        #expect(out.count == 6)
        #expect(!out.isEmpty)
        #expect(out.single == nil)
        #expect(pieces(&out) == [[1], [10, 11], [12], [2, 3]])
    }

    @Test("The first bytes are taken out wherever the cut is, and what is left follows in order", arguments: 0...7)
    func takeFirst(count: Int) {
        var out = OutBuffer()
        append([1, 2], to: &out)
        out.append(shared: ByteBuffer(bytes: [10, 11]))
        append([3, 4], to: &out)
        let all: [UInt8] = [1, 2, 10, 11, 3, 4]
        var first = out.takeFirst(count)
        #expect(first.count == min(count, 6))
        #expect(out.count == max(0, 6 - count))
        append([5], to: &out)
        #expect(pieces(&first).flatMap { $0 } == Array(all.prefix(count)))
        #expect(pieces(&out).flatMap { $0 } == Array(all.dropFirst(count)) + [5])
    }

    @Test("What a socket takes of an offer is gone, the rest stays, and more than there is cannot be taken")
    func offer() {
        var out = OutBuffer()
        append([1, 2, 3], to: &out)
        append([4], to: &out)
        var offered: [[UInt8]] = []
        for taken in [0, 3, -1, 9] {
            // Safe: the pointer is read during the call only.
            unsafe out.offer { bytes in
                unsafe offered.append(Array(bytes))
                return taken
            }
        }
        #expect(offered == [[1, 2, 3, 4], [1, 2, 3, 4], [4], [4]])
        #expect(out.isEmpty)
        out.reset()
        append([5], to: &out)
        #expect(pieces(&out) == [[5]])
    }

    @Test("Nothing is offered of what stands in several pieces")
    func offerOfPieces() {
        var out = OutBuffer()
        append([1], to: &out)
        #expect(out.isOnePiece)
        out.append(shared: ByteBuffer(bytes: [2]))
        #expect(!out.isOnePiece)
        // Safe: the pointer is not used.
        unsafe out.offer { _ in
            Issue.record("something was offered")
            return 0
        }
        #expect(pieces(&out) == [[1], [2]])
    }

    @Test("A shared slice in an empty buffer comes first, without an empty piece before it")
    func sliceFirst() {
        var out = OutBuffer()
        out.append(shared: ByteBuffer(bytes: [9]))
        #expect(out.single == nil)
        #expect(pieces(&out) == [[9]])
    }

    @Test("A slice is appended without a copy of its memory")
    func noCopy() {
        let slice = ByteBuffer(bytes: [UInt8](repeating: 1, count: 5000))
        var out = OutBuffer()
        out.append(shared: slice)
        var isSame = false
        out.drain { isSame = $0 == slice && $0.capacity == slice.capacity }
        #expect(isSame)
        #expect(out.idleCapacity == 0)
    }

    @Test("After a reset the buffer is empty, whether drained or not, and keeps its memory")
    func reset() {
        var out = OutBuffer()
        append([UInt8](repeating: 1, count: 100), to: &out)
        let capacity = out.idleCapacity
        #expect(capacity >= 100)
        out.drain { _ in }
        out.reset()
        #expect(out.isEmpty)
        #expect(out.idleCapacity == capacity)
        append([5], to: &out)
        out.append(shared: ByteBuffer(bytes: [6]))
        append([7], to: &out)
        out.reset()
        #expect(out.isEmpty)
        append([8], to: &out)
        #expect(pieces(&out) == [[8]])
    }

    @Test("After a drain only the last piece waits for the reset")
    func drain() {
        var out = OutBuffer()
        out.append(shared: ByteBuffer(bytes: [6]))
        append([7], to: &out)
        _ = pieces(&out)
        #expect(out.count == 1)
        out.reset()
        #expect(out.count == 0)
        #expect(pieces(&out) == [])
    }

    @Test("What a socket still holds is not overwritten after a reset")
    func stillHeld() throws {
        var out = OutBuffer()
        append([1, 2, 3], to: &out)
        var held: [ByteBuffer] = []
        out.drain { held.append($0) }
        out.reset()
        append([9, 9, 9], to: &out)
        #expect(held.map { Array($0.readableBytesView) } == [[1, 2, 3]])
        #expect(pieces(&out) == [[9, 9, 9]])
    }
}
