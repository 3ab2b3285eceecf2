/// Stored records that could not be read: all counted, the first described.
package struct StorageFaults: Sendable, Equatable {
    package private(set) var count = 0
    /// At most ``StorageBounds/describedFaults``.
    package private(set) var first: [String] = []

    /// None.
    package init() {}

    mutating func add(_ text: @autoclosure () -> String) {
        count += 1
        if first.count < StorageBounds.describedFaults { first.append(text()) }
    }
}
