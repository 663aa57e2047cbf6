// swift-tools-version: 6.1
import Foundation
import PackageDescription

// `./test` builds the drivers alone under the thread sanitizer: with REMINDERS_PACKAGE=drivers nothing above
// them, and no dependency but swift-log, is part of the package.
let driversOnly = ProcessInfo.processInfo.environment["REMINDERS_PACKAGE"] == "drivers"

/// A target in its folder `Sources/<floor>/<name>`.
func library(_ name: String, _ floor: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(floor)/\(name)")
}

/// A process in its folder `Sources/Services/<name>`.
func executable(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: "Sources/Services/\(name)")
}

/// A C library of Debian's: module map and shim header in `Sources/System/<name>`.
func system(_ name: String, pkgConfig: String, debian: String) -> Target {
    .systemLibrary(
        name: name, path: "Sources/System/\(name)", pkgConfig: pkgConfig, providers: [.apt([debian])])
}

let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let mustache: Target.Dependency = .product(name: "Mustache", package: "swift-mustache")

// In the order of the floors, lowest first: see Sources/README.md.
let drivers: [Target] = [
    system("CRabbitMQ", pkgConfig: "librabbitmq", debian: "librabbitmq-dev"),
    system("CLibPQ", pkgConfig: "libpq", debian: "libpq-dev"),
    system("CCurl", pkgConfig: "libcurl", debian: "libcurl4-openssl-dev"),

    library("IOThread", "Drivers", []),
    library("AMQP", "Drivers", ["CRabbitMQ", "IOThread", log]),
    library("Postgres", "Drivers", ["CLibPQ", "IOThread", log]),
    library("Transfer", "Drivers", ["CCurl", "IOThread", log]),

    .target(name: "TestSupport", dependencies: ["IOThread"], path: "Tests/TestSupport"),
    .testTarget(name: "TestSupportTests", dependencies: ["TestSupport"]),
    .testTarget(name: "IOThreadTests", dependencies: ["IOThread"]),
    .testTarget(name: "AMQPTests", dependencies: ["AMQP"]),
    .testTarget(name: "PostgresTests", dependencies: ["Postgres"]),
    .testTarget(name: "TransferTests", dependencies: ["Transfer"]),
    .testTarget(
        name: "DriverIntegrationTests", dependencies: ["IOThread", "AMQP", "Postgres", "Transfer", "TestSupport", log],
        exclude: ["Support/smtp_server.py", "Support/http_server.py"]),
]

let floorsAbove: [Target] = [
    library("Domain", "Core", []),
    library("Contracts", "Core", ["Domain"]),

    library("Store", "Store", ["Domain", "Postgres"]),
    library("Broker", "Broker", ["Domain", "Contracts", "Store", "AMQP", log]),

    library("Scheduling", "Steps", ["Domain", "Contracts", "Store", "Broker", "AMQP", log, metrics]),
    library("RateLimiting", "Steps", ["Domain", "Contracts", "Store", "Broker", "AMQP", log, metrics]),
    library("Sending", "Steps", ["Domain", "Contracts", "Store", "Broker", "AMQP", log, metrics]),

    library("Wording", "Channels", ["Domain"]),
    library("EmailChannel", "Channels", ["Domain", "Contracts", "Sending", "Transfer", "Wording", mustache]),
    library("MattermostChannel", "Channels", ["Domain", "Contracts", "Sending", "Transfer", "Wording"]),

    library(
        "ServiceKit", "Services",
        [
            "AMQP", "Postgres", log, lifecycle, metrics, coreMetrics, hummingbird, hummingbirdCore, nioCore, nioPosix,
        ]),
    library(
        "SenderKit", "Services", ["ServiceKit", "Domain", "Sending", "Store", "Broker", "Contracts", "AMQP"]),
    executable("Scheduler", ["ServiceKit", "Scheduling", "Store", "Broker", "Contracts", "AMQP", "Postgres"]),
    executable(
        "RateLimiter", ["ServiceKit", "RateLimiting", "Domain", "Store", "Broker", "Contracts", "AMQP", "Postgres"]),
    executable("EmailSender", ["ServiceKit", "SenderKit", "EmailChannel", "Wording", "Transfer"]),
    executable("MattermostSender", ["ServiceKit", "SenderKit", "MattermostChannel", "Wording", "Transfer"]),
    executable("CLI", ["ServiceKit", "Domain", "Store", "Broker", "AMQP", "Postgres", arguments, log]),

    .testTarget(name: "DomainTests", dependencies: ["Domain"], exclude: ["Fixtures"]),
    .testTarget(name: "ContractsTests", dependencies: ["Domain", "Contracts"]),
    .testTarget(name: "StoreTests", dependencies: ["Store"]),
    .testTarget(name: "SchedulingTests", dependencies: ["Domain", "Store", "Scheduling"]),
    .testTarget(name: "RateLimitingTests", dependencies: ["Domain", "Contracts", "Store", "RateLimiting"]),
    .testTarget(name: "SendingTests", dependencies: ["Domain", "Contracts", "AMQP", "Store", "Sending", log]),
    .testTarget(name: "ServiceKitTests", dependencies: ["ServiceKit", log, lifecycle, coreMetrics]),
    .testTarget(
        name: "EmailChannelTests",
        dependencies: ["EmailChannel", "Wording", "Domain", "Contracts", "Sending", "Transfer"],
        exclude: ["Fixtures", "parse_mail.py"]),
    .testTarget(
        name: "MattermostChannelTests",
        dependencies: ["MattermostChannel", "Wording", "Domain", "Contracts", "Sending", "Transfer"],
        exclude: ["Fixtures"]),
    .testTarget(
        name: "IntegrationTests",
        dependencies: [
            "Domain", "Contracts", "Store", "Broker", "Scheduling", "RateLimiting", "Sending", "AMQP", "Postgres",
            "TestSupport", log,
        ]),
    .testTarget(
        name: "EndToEndTests", dependencies: ["TestSupport", "Postgres", log], exclude: ["Support/broker.py"]),
]

let package = Package(
    name: "reminders",
    products: driversOnly
        ? []
        : [
            .executable(name: "scheduler", targets: ["Scheduler"]),
            .executable(name: "rate-limiter", targets: ["RateLimiter"]),
            .executable(name: "email-sender", targets: ["EmailSender"]),
            .executable(name: "mattermost-sender", targets: ["MattermostSender"]),
            .executable(name: "reminders", targets: ["CLI"]),
        ],
    dependencies: [.package(url: "https://github.com/apple/swift-log", from: "1.16.2")]
        + (driversOnly
            ? []
            : [
                .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
                .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
                .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
                .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
                .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
                .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
            ]),
    targets: driversOnly ? drivers : drivers + floorsAbove,
    swiftLanguageModes: [.v6]
)
