import Testing

/// Says which normative statements a test proves the broker to keep.
///
/// The identifiers are those of the standards; those of MQTT 5 begin with `MQTT5-`. `CoverageTests` reads them from the
/// sources, so they are written as plain string literals in the trait.
struct ClausesTrait: TestTrait {
    let identifiers: [String]

    var comments: [Comment] { identifiers.map { Comment(rawValue: $0) } }
}

extension Trait where Self == ClausesTrait {
    /// The test proves these statements.
    static func clauses(_ identifiers: String...) -> Self { Self(identifiers: identifiers) }
}
