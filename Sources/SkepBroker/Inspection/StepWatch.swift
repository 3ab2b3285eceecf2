import Synchronization

/// The longest of many steps.
final class StepWatch: Sendable {
    private let longest = Atomic(0)

    /// Nanoseconds of the longest step so far.
    var longestStep: Int { longest.load(ordering: .relaxed) }

    /// A step took so many nanoseconds.
    func note(_ nanoseconds: Int) { longest.max(nanoseconds, ordering: .relaxed) }
}
