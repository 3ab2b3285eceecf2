package import Introspection

/// What beans need beside the monitor's values.
package struct BeanContext: Sendable {
    /// A listener as it was opened.
    package struct Listener: Sendable {
        package let name: String
        package let transport: String
        /// Such as `127.0.0.1:1883`; empty until it is open.
        package let address: @Sendable () -> String
        /// When its certificate ceases to be valid, in seconds since 1970; nil without TLS.
        package let certificateExpiry: @Sendable () -> Int64?

        /// A listener.
        package init(
            name: String, transport: String, address: @escaping @Sendable () -> String,
            certificateExpiry: @escaping @Sendable () -> Int64? = { nil }
        ) {
            self.name = name
            self.transport = transport
            self.address = address
            self.certificateExpiry = certificateExpiry
        }
    }

    /// A plugin that is loaded.
    package struct Plugin: Sendable {
        package let name: String
        package let version: String
        package let author: String

        /// A plugin.
        package init(name: String, version: String, author: String) {
            self.name = name
            self.version = version
            self.author = author
        }
    }

    package let version: String
    package let swiftVersion: String
    package let queries: any BrokerQueries
    package let commands: any ClientCommands
    package let controls: any BrokerControls
    /// `starting`, `running` or `draining`.
    package let status: @Sendable () -> String
    /// In the order of the settings; the names do not change.
    package let listeners: [Listener]
    /// In the order in which they are asked; the names do not change.
    package let plugins: [Plugin]

    /// Everything about one broker.
    package init(
        version: String, swiftVersion: String, queries: any BrokerQueries, commands: any ClientCommands,
        controls: any BrokerControls, status: @escaping @Sendable () -> String, listeners: [Listener],
        plugins: [Plugin] = []
    ) {
        self.version = version
        self.swiftVersion = swiftVersion
        self.queries = queries
        self.commands = commands
        self.controls = controls
        self.status = status
        self.listeners = listeners
        self.plugins = plugins
    }
}
