import Foundation
import Introspection
import Testing

@Suite("JSON texts on small stacks")
struct JSONStackTests {
    private static let stackBytes = 512 * 1024

    @Test("The deepest texts are read and written on a thread with half a megabyte of stack, and deeper ones refused")
    func deepest() async {
        let isRight = await withCheckedContinuation { (ended: CheckedContinuation<Bool, Never>) in
            let thread = Thread { ended.resume(returning: Self.check()) }
            thread.stackSize = Self.stackBytes
            thread.start()
        }
        #expect(isRight)
    }

    private static func check() -> Bool {
        [("[", "]"), ("{\"a\":", "}")].allSatisfy { open, close in
            let text = { (levels: Int) in
                Array((String(repeating: open, count: levels) + "1" + String(repeating: close, count: levels)).utf8)
            }
            let deepest = text(JSONReader.standardNesting)
            guard let value = try? JSONReader.value(deepest) else { return false }
            return JSONWriter.text(value) == deepest && (try? JSONReader.value(text(20_000))) == .none
        }
    }
}
