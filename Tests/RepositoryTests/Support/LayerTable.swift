/// The rooms of the house and the doors between them: who may import whom.
///
/// This table is the design. A change to it is a change of the architecture and needs a reason of its own.
enum LayerTable {
    /// One target.
    struct Room {
        let layer: Int
        /// Targets of ours; everybody may import `BrokerValues`.
        let mayImport: Set<String>
        /// Modules of others that a layer without input and output may use; nil where they are not limited.
        var outside: Set<String>?
    }

    static let rooms: [String: Room] = [
        // Values
        "BrokerValues": Room(layer: 0, mayImport: [], outside: []),
        "MQTTWire": Room(layer: 0, mayImport: [], outside: ["NIOCore"]),
        "TopicIndex": Room(layer: 0, mayImport: ["MQTTWire"], outside: collections),
        "MetricCatalog": Room(layer: 0, mayImport: [], outside: ["Synchronization"]),
        "StressModel": Room(layer: 0, mayImport: [], outside: collections.union(["Synchronization"])),
        // Decisions
        "SessionMachine": Room(layer: 1, mayImport: ["MQTTWire"], outside: collections),
        "PluginAPI": Room(layer: 1, mayImport: [], outside: collections),
        "Introspection": Room(layer: 1, mayImport: ["MetricCatalog", "StressModel"], outside: collections),
        // Broker
        "BrokerCore": Room(
            layer: 2,
            mayImport: [
                "MQTTWire", "TopicIndex", "MetricCatalog", "StressModel", "SessionMachine", "PluginAPI",
                "Introspection",
            ], outside: collections.union(["Synchronization"])),
        // Adapters
        "BrokerTransport": Room(
            layer: 3, mayImport: ["BrokerCore", "SessionMachine", "MQTTWire", "StressModel", "MetricCatalog"]),
        "SessionStorage": Room(layer: 3, mayImport: ["BrokerCore", "MQTTWire", "MetricCatalog"]),
        "ClusterTransport": Room(layer: 3, mayImport: ["BrokerCore", "MQTTWire", "MetricCatalog"]),
        "Monitoring": Room(layer: 3, mayImport: ["Introspection", "MetricCatalog", "StressModel"]),
        "Console": Room(layer: 3, mayImport: ["Monitoring", "Introspection"]),
        "BundledPlugins": Room(layer: 3, mayImport: ["PluginAPI"]),
        "ServiceManager": Room(layer: 3, mayImport: []),
        // Assembly
        "Settings": Room(layer: 4, mayImport: everythingBelowAssembly),
        "SkepBroker": Room(layer: 4, mayImport: everythingBelowAssembly.union(["Settings"])),
        // One file is two programs, `skep` and `skepctl`: by size most of each is the libraries that both hold.
        "SkepControl": Room(layer: 4, mayImport: ["Introspection"]),
        "skep": Room(layer: 4, mayImport: ["SkepBroker", "Settings", "SkepControl"]),
        "skepbench": Room(layer: 4, mayImport: ["MQTTWire"]),
    ]

    /// System modules, and the one target that each is for.
    static let systemModules = [
        "CExpat": "Settings", "CLinux": "Monitoring", "CSystemd": "ServiceManager", "CSQLite": "SessionStorage",
        "CZlib": "Monitoring", "CEpoll": "skepbench", "CNIOBoringSSL": "BrokerTransport",
        "CNIOBoringSSLShims": "BrokerTransport",
    ]

    private static let collections: Set = ["DequeModule", "HeapModule", "OrderedCollections"]

    private static let everythingBelowAssembly: Set = [
        "MQTTWire", "TopicIndex", "MetricCatalog", "StressModel", "SessionMachine", "PluginAPI", "Introspection",
        "BrokerCore", "BrokerTransport", "SessionStorage", "ClusterTransport", "Monitoring", "Console",
        "BundledPlugins", "ServiceManager",
    ]
}
