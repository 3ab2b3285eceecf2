import Introspection

/// How much one exchange over the Jolokia protocol may ask for.
package enum JolokiaLimits {
    /// Bytes of a request's body. Whoever receives it need not keep more.
    package static let bodyBytes = 262_144
    /// Requests in one bulk.
    package static let bulkRequests = 1000
    /// Bytes after which the rest of a bulk is refused, so that a small body cannot ask for gigabytes.
    package static let answerBytes = 4 * 1_048_576
    /// Bytes of an object name or a pattern for names. Each name that there is gets compared with it.
    package static let nameBytes = 4096
    /// Arrays and objects within each other in what clients send. Bounds the stack that reading and writing take.
    package static let nesting = JSONReader.standardNesting
}
