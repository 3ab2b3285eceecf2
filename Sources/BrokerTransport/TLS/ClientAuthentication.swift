/// Whether clients show certificates: HiveMQ's `client-authentication-mode`.
package enum ClientAuthentication: String, Sendable, Hashable, CaseIterable {
    /// They are not asked.
    case none = "NONE"
    /// They are asked; one that shows none is let in, one that shows a wrong one is not.
    case optional = "OPTIONAL"
    /// Only who shows one is let in.
    case required = "REQUIRED"
}
