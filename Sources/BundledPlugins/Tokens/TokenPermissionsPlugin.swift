package import PluginAPI

/// Says by their tokens what clients may do.
///
/// It is a plugin of its own since with an authorizer nobody may do anything that none of them allows: without a claim for
/// permissions there must be none. What a token does not speak of is left to the next authorizer.
package final class TokenPermissionsPlugin: Authorizer {
    package let information = PluginInformation(name: "token-permissions", version: "1")
    /// What is said of one client comes before what is said of all.
    package let priority = PluginPriority.high

    private let tokens: TokenPlugin

    /// For the clients that this plugin lets in.
    package init(_ tokens: TokenPlugin) { self.tokens = tokens }

    /// What the rules say about a client.
    package func permissions(of client: Client) async throws -> Permissions {
        guard let list = tokens.rules(of: client.connection) else { return .none }
        var rules = AccessRules(otherwise: .next, subscribing: .mustBeCovered, dangerous: "+#/")
        for rule in list { _ = rules.append(rule, for: [.everyone]) }
        return rules.permissions(clientIdentifier: client.identifier, userName: client.userName)
    }
}
