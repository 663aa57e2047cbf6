// swift-tools-version: 6.1
import PackageDescription

// What own code costs beside the library for the same: see OwnCode/main.swift. The modules of the project that are
// compared are its own files, by links; the rest of the project is not built.
let package = Package(
    name: "own-code",
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    ],
    targets: [
        .target(
            name: "RemindersGround",
            dependencies: [
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .target(name: "RemindersDomain"),
        .target(name: "RemindersContracts", dependencies: ["RemindersDomain", "RemindersGround"]),
        .target(
            name: "RemindersServiceKit",
            dependencies: [
                "RemindersGround",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
            ],
            exclude: [
                "Admin", "Settings/CommonSettings.swift", "Settings/ConnectionSettings.swift",
                "Lifecycle/ServiceParts.swift",
                "Lifecycle/ServiceProcess.swift", "Lifecycle/ServiceRunner.swift", "Lifecycle/Shutdown.swift",
            ]),
        .executableTarget(
            name: "OwnCode",
            dependencies: [
                "RemindersContracts", "RemindersServiceKit",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
