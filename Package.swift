// swift-tools-version: 6.1
import Foundation
import PackageDescription

// `./test` builds the drivers alone under the thread sanitizer: with REMINDERS_PACKAGE=drivers nothing above
// them, and no dependency but swift-log, is part of the package.
let driversOnly = ProcessInfo.processInfo.environment["REMINDERS_PACKAGE"] == "drivers"

// With REMINDERS_TESTS="StoreTests DomainTests" only these test targets are part of the package: built much sooner.
let wantedTests = ProcessInfo.processInfo.environment["REMINDERS_TESTS"].map {
    $0.split(separator: " ").map(String.init)
}

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
let hummingbirdTesting: Target.Dependency = .product(name: "HummingbirdTesting", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let mustache: Target.Dependency = .product(name: "Mustache", package: "swift-mustache")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let jwt: Target.Dependency = .product(name: "JWTKit", package: "jwt-kit")

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
    library("FrontendChannel", "Channels", ["Domain", "Contracts", "Sending", "Store"]),

    library("Tokens", "API", ["Domain", "Contracts", "Transfer", jwt, crypto, log]),
    library(
        "HTTPService", "API",
        [
            "Domain", "Contracts", "Tokens", hummingbird, hummingbirdCore, nioCore, nioHTTP1, nioPosix, crypto, log,
            lifecycle, metrics,
        ]),
    library("Explaining", "API", ["Domain", "Contracts", "Store"]),
    .target(
        name: "ReminderAPI",
        dependencies: [
            "HTTPService", "Tokens", "Explaining", "Domain", "Contracts", "Store", hummingbird, nioCore, crypto, log,
        ],
        path: "Sources/API/ReminderAPI"),
    library(
        "PopupStream", "API",
        [
            "HTTPService", "Tokens", "Domain", "Contracts", "Store", "Broker", "AMQP", hummingbird, nioCore, log,
            metrics,
            lifecycle,
        ]),

    library(
        "ServiceKit", "Services",
        [
            "AMQP", "Postgres", log, lifecycle, metrics, coreMetrics, hummingbird, hummingbirdCore, nioCore, nioPosix,
        ]),
    library(
        "SenderKit", "Services", ["ServiceKit", "Domain", "Sending", "Store", "Broker", "Contracts", "AMQP"]),
    library("DecisionKit", "Services", ["ServiceKit", "Domain"]),
    library("HTTPKit", "Services", ["ServiceKit", "Tokens", log]),
    executable("Scheduler", ["ServiceKit", "Scheduling", "Store", "Broker", "Contracts", "AMQP", "Postgres"]),
    executable(
        "RateLimiter",
        ["ServiceKit", "DecisionKit", "RateLimiting", "Store", "Broker", "Contracts", "AMQP", "Postgres"]),
    executable("EmailSender", ["ServiceKit", "SenderKit", "EmailChannel", "Wording", "Transfer"]),
    executable("MattermostSender", ["ServiceKit", "SenderKit", "MattermostChannel", "Wording", "Transfer"]),
    executable(
        "FrontendPush",
        [
            "ServiceKit", "HTTPKit", "SenderKit", "FrontendChannel", "PopupStream", "HTTPService", "Store",
            "Broker", "Contracts", "AMQP", "Postgres", log,
        ]),
    .executableTarget(
        name: "API",
        dependencies: [
            "ServiceKit", "HTTPKit", "DecisionKit", "ReminderAPI", "Explaining", "HTTPService", "Domain",
            "Store", "Broker", "Contracts", "AMQP", "Postgres", log,
        ],
        path: "Sources/Services/API", resources: [.copy("Resources")]),
    executable(
        "CLI",
        [
            "ServiceKit", "DecisionKit", "Domain", "Contracts", "Explaining", "Tokens", "Store", "Broker", "AMQP",
            "Postgres", arguments, log,
        ]),

    .testTarget(name: "DomainTests", dependencies: ["Domain"], exclude: ["Fixtures"]),
    .testTarget(name: "ContractsTests", dependencies: ["Domain", "Contracts"]),
    .testTarget(name: "StoreTests", dependencies: ["Store"]),
    .testTarget(name: "SchedulingTests", dependencies: ["Domain", "Store", "Scheduling"]),
    .testTarget(name: "RateLimitingTests", dependencies: ["Domain", "Contracts", "Store", "RateLimiting"]),
    .testTarget(name: "SendingTests", dependencies: ["Domain", "Contracts", "AMQP", "Store", "Sending", log]),
    .testTarget(name: "ServiceKitTests", dependencies: ["ServiceKit", "TestSupport", log, lifecycle, coreMetrics]),
    .testTarget(
        name: "EmailChannelTests",
        dependencies: ["EmailChannel", "Wording", "Domain", "Contracts", "Sending", "Transfer"],
        exclude: ["Fixtures", "parse_mail.py"]),
    .testTarget(
        name: "MattermostChannelTests",
        dependencies: ["MattermostChannel", "Wording", "Domain", "Contracts", "Sending", "Transfer"],
        exclude: ["Fixtures"]),
    .testTarget(
        name: "FrontendChannelTests", dependencies: ["FrontendChannel", "Domain", "Contracts", "Store", "Sending"]),
    .testTarget(name: "TokensTests", dependencies: ["Tokens", "Domain", jwt, crypto]),
    .testTarget(
        name: "HTTPServiceTests",
        dependencies: ["HTTPService", "Tokens", "Contracts", "Domain", "TestSupport", hummingbird, hummingbirdTesting]),
    .testTarget(name: "ExplainingTests", dependencies: ["Explaining", "Domain", "Contracts", "Store", "RateLimiting"]),
    .testTarget(
        name: "APITests",
        dependencies: [
            "ReminderAPI", "HTTPService", "Tokens", "Explaining", "Domain", "Contracts", "Store", "Postgres",
            "TestSupport",
            hummingbird, hummingbirdTesting, log,
        ]),
    .testTarget(
        name: "PopupStreamTests",
        dependencies: [
            "PopupStream", "FrontendChannel", "HTTPService", "Tokens", "Domain", "Contracts", "Store", "Postgres",
            "AMQP",
            "TestSupport", hummingbird, log,
        ]),
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
            .executable(name: "frontend-push", targets: ["FrontendPush"]),
            .executable(name: "api", targets: ["API"]),
            .executable(name: "reminders", targets: ["CLI"]),
        ],
    dependencies: [.package(url: "https://github.com/apple/swift-log", from: "1.16.2")]
        + (driversOnly
            ? []
            : [
                .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
                .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
                .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
                .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
                .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
                .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
                .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
                .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
            ]),
    targets: (driversOnly ? drivers : drivers + floorsAbove).filter { target in
        target.type != .test || wantedTests?.contains(target.name) != false
    },
    swiftLanguageModes: [.v6]
)
