import Introspection

/// What the agent says about itself when it is asked for its version.
package struct JolokiaAgent: Sendable, Hashable {
    /// The protocol of Jolokia 1.2.2 and later, which most clients speak. What answers have from versions 8, such as
    /// `.error`, comes on top; notifications and what else those can do are not there.
    package static let `protocol` = "7.2"

    /// Tells this process from others.
    package var id: String
    /// The program's version.
    package var version: String
    /// The program's name.
    package var product: String

    /// An agent.
    package init(id: String, version: String, product: String = "skep") {
        self.id = id
        self.version = version
        self.product = product
    }

    /// The answer to `version`.
    var value: JSONValue {
        let version = JSONValue.string(version)
        let product = JSONValue.string(product)
        return [
            "agent": version,
            "protocol": .string(Self.protocol),
            "id": .string(id),
            "details": [
                "agent_id": .string(id), "agent_version": version, "server_product": product,
                "server_vendor": product, "server_version": version,
            ],
            "config": [
                "agentId": .string(id), "canonicalNaming": "false", "includeRequest": "true",
                "includeStackTrace": "false", "maxCollectionSize": "0", "maxDepth": "0", "maxObjects": "0",
                "mimeType": .string(JolokiaParameters.MimeType.text.rawValue), "serializeException": "false",
                "serializeLong": "number",
            ],
            "info": ["product": product, "vendor": product, "version": version],
            "decorators": [:],
        ]
    }
}
