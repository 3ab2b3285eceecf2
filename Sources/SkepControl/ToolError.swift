/// Why a command could not do what it was asked for, in words that say what to do; its kind decides the exit status.
struct ToolError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The exit statuses that scripts can rely on; wrong usage is ArgumentParser's 64.
    enum Kind: Int32, Sendable {
        /// The broker could not do it, or its answer makes no sense.
        case failed = 1
        /// No such client, bean, attribute or operation.
        case notFound = 3
        /// Nothing answers.
        case unreachable = 4
        /// The socket may not be opened, or the broker does not allow the operation.
        case notPermitted = 5
    }

    let kind: Kind
    let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
