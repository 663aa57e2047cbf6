// swift-tools-version: 6.1
import PackageDescription

// What own code costs beside the library that could stand in its place. See main.swift.
let package = Package(
    name: "own-code",
    dependencies: [
        .package(name: "reminders", path: "../../.."),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    ],
    targets: [
        .executableTarget(
            name: "OwnCode",
            dependencies: [
                .product(name: "RemindersContracts", package: "reminders"),
                .product(name: "RemindersServices", package: "reminders"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
