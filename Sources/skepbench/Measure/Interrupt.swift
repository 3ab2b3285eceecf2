import Glibc
import Synchronization

/// Ctrl-C: the first ends a run early but in good order, with a report of what there is and without leaving sessions or
/// retained messages behind; the second ends the program at once.
enum Interrupt {
    private static let flag = Atomic<Bool>(false)

    /// Whether it was pressed.
    static var isSet: Bool { flag.load(ordering: .relaxed) }

    /// What remains is to clean up, which is not interrupted again.
    static func isHeeded() { flag.store(false, ordering: .relaxed) }

    /// From now on.
    static func watch() {
        // Made before the signal can come: a handler may not.
        _ = isSet
        // The handler stores to an atomic and sets a signal's default, both of which a handler may do.
        _ = signal(SIGINT) { number in
            Interrupt.flag.store(true, ordering: .relaxed)
            _ = signal(number, SIG_DFL)
        }
    }
}
