// swift-tools-version: 6.2
import PackageDescription

// A broker of one's own: Skep with a plugin. In a package of yours the dependency is the address of Skep's repository.
let package = Package(
    name: "fleet-broker",
    platforms: [.macOS(.v26)],
    dependencies: [.package(name: "skep", path: "../..")],
    targets: [
        .executableTarget(
            name: "fleet-broker",
            dependencies: [
                .product(name: "PluginAPI", package: "skep"),
                .product(name: "SkepBroker", package: "skep"),
            ])
    ]
)
