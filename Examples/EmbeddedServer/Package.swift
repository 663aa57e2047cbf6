// swift-tools-version: 6.1
import PackageDescription

// A package of its own, as yours would be. In yours the dependency is the repository's URL with a version.
let package = Package(
    name: "embedded-server",
    dependencies: [
        .package(name: "reminders", path: "../.."),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    ],
    targets: [
        .executableTarget(
            name: "EmbeddedServer",
            dependencies: [
                .product(name: "RemindersContracts", package: "reminders"),
                .product(name: "RemindersServices", package: "reminders"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
