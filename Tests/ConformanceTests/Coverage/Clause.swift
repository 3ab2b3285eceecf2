/// One normative statement.
struct Clause {
    let identifier: String
    /// Who carries the duty: `client`, `server` or `both`.
    let side: String
    /// Whether the server can be seen to keep it, or to react to a breach as the standard says.
    let isVisible: Bool
    let topic: String
    let requirement: String

    /// Whether it needs a test, or a reason for having none.
    var isOwed: Bool { side != "client" || isVisible }
}

/// A statement that has no test, and why.
struct ClauseException {
    let identifier: String
    let reason: String
}
