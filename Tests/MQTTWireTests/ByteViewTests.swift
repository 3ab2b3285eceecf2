import MQTTWire
import Testing

@Suite("Views of bytes")
struct ByteViewTests {
    private static let bytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]

    @Test("Numbers are read in network order at any offset")
    func numbers() {
        Self.bytes.withByteView { view in
            #expect(view.count == 10)
            #expect(view[0] == 1)
            #expect(view[9] == 10)
            #expect(view.uint16(at: 0) == 0x0102)
            #expect(view.uint16(at: 8) == 0x090A)
            #expect(view.uint32(at: 1) == 0x0203_0405)
            #expect(view.uint32(at: 6) == 0x0708_090A)
            #expect(UInt64(bigEndian: view.word(at: 2)) == 0x0304_0506_0708_090A)
        }
    }

    @Test("Slices have their own bounds and may be empty at either end")
    func slices() {
        Self.bytes.withByteView { view in
            #expect(view.slice(2, 5).bytes == [3, 4, 5])
            #expect(view.slice(2, 9).slice(1, 3).bytes == [4, 5])
            #expect(view.slice(0, 0).isEmpty)
            #expect(view.slice(10, 10).isEmpty)
            #expect(view.dropping(8).bytes == [9, 10])
            #expect(view.dropping(10).isEmpty)
            #expect(view.slice(0, 10).bytes == Self.bytes)
        }
    }

    @Test("A view of no bytes is usable")
    func empty() {
        #expect(ByteView.empty.isEmpty)
        #expect(ByteView.empty.bytes == [])
        #expect(ByteView.empty.text == "")
        #expect(ByteView.empty.slice(0, 0).count == 0)
        [UInt8]().withByteView { view in
            #expect(view.isEmpty)
            #expect(view.elementsEqual(.empty))
            #expect(view.hash(seed: 3) == ByteView.empty.hash(seed: 3))
        }
    }

    @Test("Text is decoded, and what is not UTF-8 is replaced")
    func text() {
        Array("Zürich".utf8).withByteView { #expect($0.text == "Zürich") }
        [UInt8(0x61), 0xFF].withByteView { #expect($0.text == "a\u{FFFD}") }
    }

    @Test("Views are equal if all their bytes are, at every length and alignment")
    func equality() {
        for count in 0...33 {
            let left = (0..<count).map { UInt8($0) }
            for shift in 0...3 {
                let right = [UInt8](repeating: 0xEE, count: shift) + left
                left.withByteView { left in
                    right.withByteView { #expect(left.elementsEqual($0.dropping(shift)), "\(count) bytes") }
                }
            }
            for changed in 0..<count {
                var other = left
                other[changed] ^= 0x80
                left.withByteView { left in
                    other.withByteView { #expect(!left.elementsEqual($0), "\(count) bytes, \(changed) differs") }
                }
            }
            (left + [0]).withByteView { longer in left.withByteView { #expect(!longer.elementsEqual($0)) } }
        }
    }

    @Test("Equal bytes have equal hashes wherever they lie, and the seed decides which")
    func hash() {
        for count in 0...33 {
            let bytes = (0..<count).map { UInt8($0 &* 7) }
            let shifted = [0xEE] + bytes + [0xEE]
            bytes.withByteView { view in
                shifted.withByteView { other in
                    #expect(view.hash(seed: 42) == other.slice(1, count + 1).hash(seed: 42))
                    #expect(view.hash(seed: 42) != view.hash(seed: 43), "\(count) bytes")
                }
            }
        }
    }

    @Test("Each bit of the bytes, and their number, counts for the hash")
    func hashBits() {
        for count in [1, 7, 8, 9, 16, 20] {
            let bytes = [UInt8](repeating: 0, count: count)
            var hashes: Set<UInt64> = []
            for index in 0..<count {
                for bit in 0..<8 {
                    var other = bytes
                    other[index] ^= 1 << UInt8(bit)
                    hashes.insert(other.withByteView { $0.hash(seed: 99) })
                }
            }
            #expect(hashes.count == count * 8, "\(count) bytes")
        }
        let zeros = (0...64).map { count in [UInt8](repeating: 0, count: count).withByteView { $0.hash(seed: 99) } }
        #expect(Set(zeros).count == 65)
    }

    @Test("An error passes through a view of an array as it is")
    func errors() {
        let error = #expect(throws: WireError.self) {
            try [UInt8(1)].withByteView { (_: ByteView) throws(WireError) in throw WireError.malformed("x") }
        }
        #expect(error == WireError.malformed("x"))
    }
}

@Suite("Bounds of views")
struct ByteViewBoundsTests {
    @Test("Reading a byte before or behind the bounds ends the process")
    func byte() async {
        await #expect(processExitsWith: .failure) { [UInt8(1), 2].withByteView { _ = $0[2] } }
        await #expect(processExitsWith: .failure) { [UInt8(1), 2].withByteView { _ = $0[-1] } }
        await #expect(processExitsWith: .failure) { _ = ByteView.empty[0] }
    }

    @Test("Reading a number that is not wholly within the bounds ends the process")
    func numbers() async {
        await #expect(processExitsWith: .failure) { [UInt8(1), 2].withByteView { _ = $0.uint16(at: 1) } }
        await #expect(processExitsWith: .failure) { [UInt8(1), 2, 3, 4].withByteView { _ = $0.uint32(at: 1) } }
        await #expect(processExitsWith: .failure) {
            [UInt8](repeating: 0, count: 8).withByteView { _ = $0.word(at: 1) }
        }
    }

    @Test("A slice that reaches out of the bounds, or is of negative length, ends the process")
    func slices() async {
        await #expect(processExitsWith: .failure) { [UInt8(1), 2].withByteView { _ = $0.slice(0, 3) } }
        await #expect(processExitsWith: .failure) { [UInt8(1), 2].withByteView { _ = $0.slice(-1, 1) } }
        await #expect(processExitsWith: .failure) { [UInt8(1), 2].withByteView { _ = $0.slice(2, 1) } }
        await #expect(processExitsWith: .failure) { [UInt8(1), 2].withByteView { _ = $0.dropping(3) } }
    }
}
