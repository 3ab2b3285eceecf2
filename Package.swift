// swift-tools-version: 6.2
import PackageDescription

/// What every target is compiled with: the strictest checks the compiler has, and warnings are errors.
/// No unsafe flags stand here: they would make the package unusable as a dependency. What a release needs
/// beyond this is passed by `packaging/build`.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let posix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let tls: [Target.Dependency] = [
    .product(name: "NIOSSL", package: "swift-nio-ssl"),
    .product(name: "NIOTLS", package: "swift-nio"),
    .product(name: "Crypto", package: "swift-crypto"),
]
let webSocket: [Target.Dependency] = [
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOWebSocket", package: "swift-nio"),
]
let locks: Target.Dependency = .product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let heap: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let deque: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let histogram: Target.Dependency = .product(name: "Histogram", package: "hdrhistogram-swift")
let http: [Target.Dependency] = [
    .product(name: "HummingbirdCore", package: "hummingbird"),
    .product(name: "HTTPTypes", package: "swift-http-types"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
]
let crypto: [Target.Dependency] = [
    .product(name: "Crypto", package: "swift-crypto"), .product(name: "CryptoExtras", package: "swift-crypto"),
]
let tokens: Target.Dependency = .product(name: "JWTKit", package: "jwt-kit")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

/// The order is the order of the layers in Sources/README.md: a target depends only on those before it.
let package = Package(
    name: "skep",
    platforms: [.macOS(.v26)],
    products: [
        .library(name: "PluginAPI", targets: ["PluginAPI"]),
        .library(name: "SkepBroker", targets: ["SkepBroker"]),
        .executable(name: "skep", targets: ["skep"]),
        .executable(name: "skepbench", targets: ["skepbench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        // Without its traits: they bring full Foundation.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    ],
    targets: [
        // Layer 0: values
        .target(name: "BrokerValues", swiftSettings: strict),
        .target(name: "MQTTWire", dependencies: ["BrokerValues", nio], swiftSettings: strict),
        .target(name: "TopicIndex", dependencies: ["BrokerValues", "MQTTWire"], swiftSettings: strict),
        .target(
            name: "MetricCatalog", dependencies: ["BrokerValues"], exclude: ["METRICS.md"], swiftSettings: strict),
        .target(name: "StressModel", dependencies: ["BrokerValues"], swiftSettings: strict),
        // Layer 1: decisions
        .target(name: "SessionMachine", dependencies: ["BrokerValues", "MQTTWire", deque], swiftSettings: strict),
        .target(name: "PluginAPI", swiftSettings: strict),
        .target(name: "Introspection", dependencies: ["BrokerValues"], swiftSettings: strict),
        // Layer 2: broker
        .target(
            name: "BrokerCore",
            dependencies: [
                "BrokerValues", "MQTTWire", "TopicIndex", "MetricCatalog", "StressModel", "SessionMachine",
                "Introspection", deque, heap,
            ],
            swiftSettings: strict),
        // Layer 3: adapters
        .target(
            name: "BrokerTransport",
            dependencies: [
                "BrokerValues", "MetricCatalog", "BrokerCore", "MQTTWire", nio, posix, lifecycle, logging,
            ] + tls + webSocket,
            swiftSettings: strict),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .target(
            name: "SessionStorage",
            dependencies: ["BrokerValues", "MQTTWire", "BrokerCore", "CSQLite", deque, nio],
            swiftSettings: strict),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "Monitoring",
            dependencies: [
                "BrokerValues", "MetricCatalog", "StressModel", "Introspection", "CLinux", "CZlib", nio, posix,
                lifecycle,
                logging,
            ] + http, swiftSettings: strict),
        .target(
            name: "BundledPlugins", dependencies: ["PluginAPI", heap, tokens] + crypto, swiftSettings: strict),
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .target(name: "ServiceManager", dependencies: ["CSystemd", lifecycle, posix], swiftSettings: strict),
        // Layer 4: assembly
        .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
        .target(
            name: "Settings",
            dependencies: [
                "BrokerValues", "BrokerCore", "BrokerTransport", "SessionStorage", "Monitoring", "BundledPlugins",
                "CExpat",
            ],
            exclude: ["OPTIONS.md"], swiftSettings: strict),
        .target(
            name: "SkepBroker",
            dependencies: [
                "MetricCatalog", "Introspection", "PluginAPI", "Monitoring", "BrokerValues", "BrokerCore",
                "BrokerTransport", "SessionStorage", "MQTTWire", "ServiceManager", "BundledPlugins", "Settings",
                lifecycle, signals, logging, arguments, nio, posix, locks,
            ],
            swiftSettings: strict),
        .target(
            name: "SkepControl",
            dependencies: [
                "BrokerValues", "Introspection", arguments, nio, posix,
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .executableTarget(name: "skep", dependencies: ["SkepBroker", "SkepControl"], swiftSettings: strict),
        .systemLibrary(name: "CEpoll"),
        .executableTarget(
            name: "skepbench", dependencies: ["BrokerValues", "MQTTWire", "CEpoll", arguments, histogram],
            swiftSettings: strict),
        // Tests; which kind goes where stands in Tests/README.md
        .testTarget(name: "MQTTWireTests", dependencies: ["BrokerValues", "MQTTWire", nio], swiftSettings: strict),
        .testTarget(
            name: "TopicIndexTests", dependencies: ["BrokerValues", "MQTTWire", "TopicIndex", "RandomKit"],
            swiftSettings: strict),
        .testTarget(
            name: "StressModelTests", dependencies: ["BrokerValues", "StressModel", "RandomKit"], swiftSettings: strict),
        .testTarget(
            name: "SessionMachineTests",
            dependencies: ["BrokerValues", "MQTTWire", "SessionMachine", "RandomKit", nio],
            swiftSettings: strict),
        .testTarget(name: "IntrospectionTests", dependencies: ["Introspection", "RandomKit"], swiftSettings: strict),
        .testTarget(
            name: "MetricCatalogTests", dependencies: ["BrokerValues", "MetricCatalog"], swiftSettings: strict),
        .testTarget(
            name: "BundledPluginsTests", dependencies: ["BundledPlugins", "PluginAPI", "RandomKit", tokens] + crypto,
            swiftSettings: strict),
        .testTarget(name: "ServiceManagerTests", dependencies: ["ServiceManager", lifecycle], swiftSettings: strict),
        .target(
            name: "BrokerTestKit",
            dependencies: [
                "BrokerValues", "BrokerCore", "BrokerTransport", "MQTTWire", nio, posix, lifecycle, logging,
            ],
            path: "Tests/BrokerTestKit", swiftSettings: strict),
        .testTarget(
            name: "ConformanceTests",
            dependencies: ["BrokerTestKit", "BrokerValues", "BrokerCore", "BrokerTransport", "MQTTWire", nio],
            exclude: ["Clauses", "Exceptions.tsv"], swiftSettings: strict),
        .testTarget(
            name: "LimitTests",
            dependencies: [
                "BrokerTestKit", "BrokerValues", "MetricCatalog", "Introspection", "BrokerCore", "BrokerTransport",
                "MQTTWire", "AuthorityKit", nio,
            ],
            exclude: ["README.md"], swiftSettings: strict),
        .testTarget(
            name: "DoorTests",
            dependencies: [
                "BrokerTestKit", "BrokerValues", "BrokerCore", "BrokerTransport", "RandomKit", nio,
            ] + tls, swiftSettings: strict),
        .testTarget(
            name: "InspectionTests",
            dependencies: ["BrokerTestKit", "BrokerValues", "Introspection", "BrokerTransport", "SkepBroker"],
            swiftSettings: strict),
        .testTarget(
            name: "MonitoringTests",
            dependencies: [
                "Monitoring", "BrokerValues", "MetricCatalog", "StressModel", "Introspection", "CZlib", nio, posix,
                lifecycle, logging, "RandomKit",
            ], swiftSettings: strict),
        .testTarget(
            name: "SessionStorageTests",
            dependencies: [
                "SessionStorage", "CSQLite", "BrokerValues", "MQTTWire", "SessionMachine", "BrokerCore", "RandomKit",
            ], swiftSettings: strict),
        .testTarget(
            name: "SettingsTests",
            dependencies: ["Settings", "RandomKit", "BrokerValues", "BrokerTransport", "Monitoring", "BundledPlugins"],
            swiftSettings: strict),
        .testTarget(
            name: "SkepBrokerTests",
            dependencies: ["SkepBroker", "Settings", "BrokerValues", "BrokerTransport", "Introspection", logging, nio],
            swiftSettings: strict),
        .testTarget(
            name: "PluginTests",
            dependencies: [
                "SkepBroker", "PluginAPI", "BrokerTestKit", "BrokerValues", "BrokerCore", "BrokerTransport", "MQTTWire",
                "Monitoring",
                logging, posix,
            ], swiftSettings: strict),
        .testTarget(
            name: "SkepBenchTests", dependencies: ["skepbench", "BrokerValues", "MQTTWire", arguments],
            swiftSettings: strict),
        .testTarget(
            name: "SkepControlTests", dependencies: ["SkepControl", "Introspection", arguments, nio, posix],
            swiftSettings: strict),
        .testTarget(
            name: "TransportTests",
            dependencies: [
                "BrokerTransport", "BrokerValues", "RandomKit", logging, nio,
                .product(name: "NIOEmbedded", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
            ], swiftSettings: strict),
        .testTarget(name: "IntegrationTests", exclude: ["Clients"], swiftSettings: strict),
        .testTarget(name: "RepositoryTests", swiftSettings: strict),
        .target(
            name: "AuthorityKit", dependencies: ["BrokerValues", "MQTTWire", "BrokerCore"], path: "Tests/AuthorityKit",
            swiftSettings: strict),
        .target(name: "RandomKit", path: "Tests/RandomKit", swiftSettings: strict),
        .target(
            name: "SimulationKit",
            dependencies: [
                "RandomKit", "BrokerValues", "MQTTWire", "MetricCatalog", "SessionMachine", "BrokerCore", nio,
            ],
            path: "Tests/SimulationKit", swiftSettings: strict),
        .executableTarget(
            name: "microbench",
            dependencies: [
                "RandomKit", "SimulationKit", "BrokerValues", "MQTTWire", "MetricCatalog", "TopicIndex",
                "SessionMachine",
                "BrokerCore", nio, arguments,
            ],
            path: "Tests/Benchmarks", exclude: ["README.md", "BASELINE.tsv"], swiftSettings: strict),
        .target(
            name: "FuzzTargets",
            dependencies: [
                "BrokerValues", "MQTTWire", "TopicIndex", "BrokerCore", "BrokerTransport", "SimulationKit", "PluginAPI",
                "BundledPlugins", nio,
            ],
            path: "Tests/Fuzz/Targets", swiftSettings: strict),
        .testTarget(
            name: "BrokerCoreTests",
            dependencies: [
                "BrokerValues", "MQTTWire", "MetricCatalog", "Introspection", "StressModel", "BrokerCore",
                "SimulationKit", "RandomKit", "AuthorityKit",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "Simulation", dependencies: ["RandomKit", "BrokerValues", "MQTTWire", "BrokerCore", "SimulationKit"],
            swiftSettings: strict),
        .testTarget(
            name: "Fuzz",
            dependencies: [
                "BrokerValues", "MQTTWire", "TopicIndex", "BrokerCore", "SimulationKit", "FuzzTargets", "RandomKit",
            ],
            exclude: ["Corpus", "README.md", "Targets", "fuzz.sh"], swiftSettings: strict),
    ]
)
