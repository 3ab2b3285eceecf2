/// Why a connection to a listener with the PROXY protocol was closed, in the spelling of logs and metrics.
package enum ProxyRefusal: String, Error, Sendable, Hashable, CaseIterable {
    /// Its source is none of those that are trusted.
    case untrustedSource = "untrusted_source"
    /// What came is no header: a client that speaks to the broker itself.
    case noHeader = "no_header"
    /// A header that breaks the rules of its version.
    case malformed
    /// A header that is longer than what is taken.
    case tooLarge = "too_large"
    /// A header whose checksum is wrong.
    case checksum
    /// It ended, or its time was over, before the header was whole.
    case incomplete
}
