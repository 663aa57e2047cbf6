// swift-tools-version: 6.1
import Foundation
import PackageDescription

// `./test` builds the drivers alone under the thread sanitizer: with REMINDERS_PACKAGE=drivers nothing above
// them, and no dependency but swift-log, swift-collections and swift-crypto, is part of the package.
let driversOnly = ProcessInfo.processInfo.environment["REMINDERS_PACKAGE"] == "drivers"

// With REMINDERS_TESTS="StoreTests DomainTests" only these test targets are part of the package: built much sooner.
let wantedTests = ProcessInfo.processInfo.environment["REMINDERS_TESTS"].map {
    $0.split(separator: " ").map(String.init)
}

/// The module of the folder `name`: with a prefix, so that it can be imported beside anybody else's.
func module(_ name: String) -> String { "Reminders" + name }

/// Modules of ours as dependencies.
func ours(_ names: [String]) -> [Target.Dependency] { names.map { .byName(name: module($0)) } }

/// A target in its folder `Sources/<floor>/<name>`, its dependencies by folder.
func library(
    _ name: String, _ floor: String, _ dependencies: [String], system: [String] = [],
    packages: [Target.Dependency] = []
) -> Target {
    .target(
        name: module(name), dependencies: ours(dependencies) + system.map { .byName(name: $0) } + packages,
        path: "Sources/\(floor)/\(name)")
}

/// A process in its folder `Sources/Services/<name>`.
func executable(
    _ name: String, _ dependencies: [String], packages: [Target.Dependency] = [], resources: [Resource]? = nil
) -> Target {
    .executableTarget(
        name: module(name), dependencies: ours(dependencies) + packages, path: "Sources/Services/\(name)",
        resources: resources)
}

/// Tests of modules of ours, in their folder `Tests/<name>`.
func tests(
    _ name: String, _ dependencies: [String], support: Bool = false, random: Bool = false,
    packages: [Target.Dependency] = [],
    exclude: [String] = []
) -> Target {
    .testTarget(
        name: name,
        dependencies: ours(dependencies) + (support ? ["TestSupport"] : [])
            + (random ? ["SeededRandom"] : []) + packages, exclude: exclude)
}

/// A C library of Debian's: module map and shim header in `Sources/System/<name>`.
func system(_ name: String, pkgConfig: String, debian: String) -> Target {
    .systemLibrary(
        name: name, path: "Sources/System/\(name)", pkgConfig: pkgConfig, providers: [.apt([debian])])
}

let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let deque: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
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

    library("Ground", "Drivers", [], packages: [log, deque]),
    library("IOThread", "Drivers", ["Ground"]),
    library("AMQP", "Drivers", ["Ground", "IOThread"], system: ["CRabbitMQ"], packages: [log, deque, crypto]),
    library("Postgres", "Drivers", ["Ground", "IOThread"], system: ["CLibPQ"], packages: [log]),
    library("Transfer", "Drivers", ["Ground", "IOThread"], system: ["CCurl"], packages: [log, deque]),

    .target(name: "SeededRandom", path: "Tests/SeededRandom"),
    .target(name: "TestSupport", dependencies: ours(["Ground", "Postgres"]), path: "Tests/TestSupport"),
    tests("TestSupportTests", [], support: true),
    tests("GroundTests", ["Ground"], support: true, packages: [log]),
    tests("IOThreadTests", ["IOThread", "Ground"]),
    tests("AMQPTests", ["AMQP"], random: true),
    tests("PostgresTests", ["Postgres", "Ground"]),
    tests("TransferTests", ["Transfer", "Ground"]),
    tests(
        "DriverIntegrationTests", ["Ground", "AMQP", "Postgres", "Transfer"], support: true, packages: [log],
        exclude: ["Support/smtp_server.py", "Support/http_server.py"]),
]

let floorsAbove: [Target] = [
    library("Domain", "Core", []),
    library("Contracts", "Core", ["Domain", "Ground"]),

    library("Store", "Store", ["Domain", "Ground", "Postgres"], packages: [log, metrics]),
    library("Broker", "Broker", ["Domain", "Contracts", "Ground", "Store", "AMQP"], packages: [log]),

    library(
        "Scheduling", "Steps", ["Domain", "Contracts", "Ground", "Store", "Broker", "AMQP"], packages: [log, metrics]),
    library(
        "RateLimiting", "Steps", ["Domain", "Contracts", "Ground", "Store", "Broker", "AMQP"], packages: [log, metrics]),
    library(
        "Sending", "Steps", ["Domain", "Contracts", "Ground", "Store", "Broker", "AMQP"],
        packages: [log, metrics, deque]),

    library("Wording", "Channels", ["Domain"]),
    library("Handover", "Channels", ["Domain", "Contracts", "Transfer"]),
    library(
        "EmailChannel", "Channels", ["Domain", "Contracts", "Sending", "Transfer", "Wording", "Handover"],
        packages: [mustache]),
    library(
        "MattermostChannel", "Channels",
        ["Domain", "Contracts", "Ground", "Sending", "Transfer", "Wording", "Handover"]),
    library("FrontendChannel", "Channels", ["Domain", "Contracts", "Ground", "Sending", "Store"]),

    library("Tokens", "API", ["Domain", "Contracts", "Ground", "Transfer"], packages: [jwt, crypto, log]),
    library(
        "HTTPConnections", "API", ["Ground"], packages: [hummingbird, hummingbirdCore, nioCore, nioHTTP1, deque]),
    library(
        "HTTPService", "API", ["Domain", "Contracts", "Ground", "Tokens", "HTTPConnections"],
        packages: [hummingbird, hummingbirdCore, nioCore, nioHTTP1, crypto, log, lifecycle, metrics]),
    library("Explaining", "API", ["Domain", "Contracts", "Store"]),
    library(
        "Routes", "API", ["HTTPService", "Tokens", "Explaining", "Wording", "Domain", "Contracts", "Ground", "Store"],
        packages: [hummingbird, nioCore, crypto, log]),
    library(
        "PopupStream", "API", ["HTTPService", "Domain", "Contracts", "Ground", "Store", "Broker", "AMQP"],
        packages: [hummingbird, nioCore, log, metrics, lifecycle]),

    library(
        "ServiceKit", "Services", ["AMQP", "Ground", "Postgres", "HTTPConnections"],
        packages: [log, lifecycle, coreMetrics, hummingbird, hummingbirdCore, nioCore, nioPosix]),
    library(
        "Services", "Services",
        [
            "ServiceKit", "Scheduling", "RateLimiting", "Sending", "FrontendChannel", "PopupStream", "Routes",
            "Explaining", "HTTPService", "HTTPConnections", "Tokens", "Broker", "Store", "Contracts", "Domain", "AMQP",
            "Ground", "Postgres",
        ], packages: [log, lifecycle]),
    library(
        "SettingsKit", "Services",
        ["Services", "ServiceKit", "Sending", "Tokens", "Wording", "Transfer", "Domain"], packages: [log]),
    executable("Scheduler", ["SettingsKit", "Services", "ServiceKit"]),
    executable("RateLimiter", ["SettingsKit", "Services", "ServiceKit"]),
    executable(
        "EmailSender",
        ["SettingsKit", "ServiceKit", "EmailChannel", "Sending", "Transfer", "Wording", "Ground", "Domain"],
        packages: [log]),
    executable(
        "MattermostSender",
        ["SettingsKit", "ServiceKit", "MattermostChannel", "Sending", "Transfer", "Wording", "Ground", "Domain"],
        packages: [log]),
    executable("FrontendPush", ["SettingsKit", "Services", "ServiceKit", "PopupStream", "HTTPService"]),
    executable(
        "API",
        [
            "SettingsKit", "Services", "ServiceKit", "Explaining", "HTTPService", "Store", "Contracts", "Domain",
            "Ground",
        ],
        resources: [.copy("Resources")]),
    executable(
        "CLI",
        [
            "SettingsKit", "ServiceKit", "Domain", "Contracts", "Explaining", "Wording", "Ground", "Tokens", "Store",
            "Broker", "Scheduling",
            "AMQP", "Postgres",
        ], packages: [arguments, log]),

    // The example's own package, Examples/EmbeddedServer/Package.swift, has the same: here it is built with the tests
    // that run it, without building all it needs once more.
    .executableTarget(
        name: "EmbeddedServer",
        dependencies: ours(["Contracts", "Domain", "Services"]) + [log, lifecycle, hummingbird],
        path: "Examples/EmbeddedServer/Sources/EmbeddedServer"),

    tests("DomainTests", ["Domain"], random: true, exclude: ["Fixtures"]),
    tests("ContractsTests", ["Domain", "Contracts"], random: true),
    tests("StoreTests", ["Store"], support: true),
    tests("SchedulingTests", ["Domain", "Store", "Scheduling"]),
    tests("RateLimitingTests", ["Domain", "Contracts", "Store", "RateLimiting"], random: true),
    tests("SendingTests", ["Domain", "Contracts", "AMQP", "Store", "Sending"], packages: [log]),
    tests("ServiceKitTests", ["ServiceKit", "Ground"], support: true, packages: [log, lifecycle, coreMetrics]),
    tests("WordingTests", ["Wording", "Domain"]),
    tests(
        "EmailChannelTests", ["EmailChannel", "Wording", "Handover", "Domain", "Contracts", "Sending", "Transfer"],
        exclude: ["Fixtures", "parse_mail.py"]),
    tests(
        "MattermostChannelTests", ["MattermostChannel", "Wording", "Domain", "Contracts", "Sending", "Transfer"],
        exclude: ["Fixtures"]),
    tests("FrontendChannelTests", ["FrontendChannel", "Domain", "Contracts", "Store"]),
    tests("TokensTests", ["Tokens"], support: true, packages: [jwt, crypto, log]),
    tests("HTTPConnectionsTests", ["HTTPConnections"], random: true),
    tests(
        "HTTPServiceTests", ["HTTPService", "Tokens", "Contracts", "Domain"], support: true,
        packages: [hummingbird]),
    tests("ExplainingTests", ["Explaining", "Domain", "Store", "RateLimiting"], random: true),
    tests(
        "APITests", ["Routes", "HTTPService", "Tokens", "Explaining", "Domain", "Contracts", "Store", "Postgres"],
        support: true, packages: [hummingbird, hummingbirdTesting, log]),
    tests("PopupStreamTests", ["PopupStream", "Domain", "Contracts"], packages: [hummingbird]),
    tests(
        "IntegrationTests",
        [
            "Domain", "Contracts", "Ground", "Store", "Broker", "Scheduling", "RateLimiting", "Sending", "AMQP",
            "Postgres",
        ], support: true, random: true, packages: [log]),
    // A channel of somebody else's package, and the services it goes through.
    tests(
        "WebhookTests",
        [
            "Domain", "Contracts", "Handover", "Sending", "Transfer", "Ground", "Postgres", "Store", "Tokens",
            "Explaining",
            "ServiceKit", "Services",
        ], support: true, packages: [log, lifecycle]),
    tests("EndToEndTests", ["Postgres"], support: true, packages: [log], exclude: ["Support/broker.py"]),
]

let package = Package(
    name: "reminders",
    products: driversOnly
        ? []
        : [
            .library(name: "RemindersContracts", targets: ["Contracts", "Domain"].map(module)),
            .library(
                name: "RemindersServices",
                targets: ["Services", "ServiceKit", "EmailChannel", "MattermostChannel", "Transfer", "Domain"].map(
                    module)),
            .executable(name: "scheduler", targets: ["RemindersScheduler"]),
            .executable(name: "rate-limiter", targets: ["RemindersRateLimiter"]),
            .executable(name: "email-sender", targets: ["RemindersEmailSender"]),
            .executable(name: "mattermost-sender", targets: ["RemindersMattermostSender"]),
            .executable(name: "frontend-push", targets: ["RemindersFrontendPush"]),
            .executable(name: "api", targets: ["RemindersAPI"]),
            .executable(name: "reminders", targets: ["RemindersCLI"]),
        ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    ]
        + (driversOnly
            ? []
            : [
                .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
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
