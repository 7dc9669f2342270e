// swift-tools-version: 6.2

import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// A library target, which imports only targets that stand above it in this file.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// A program that embeds the library, and sees of it what other packages see.
func program(_ name: String, path: String) -> Target {
  .executableTarget(name: name, dependencies: ["Vitals"], path: path, packageAccess: false, swiftSettings: settings)
}

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

let package = Package(
  name: "vitals",
  products: [
    .executable(name: "vitals", targets: ["VitalsCommand"]),
    .library(name: "Vitals", targets: ["Vitals"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0", traits: []),
  ],
  targets: [
    .target(name: "CLinux"),
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    // Without pkgConfig: hiredis.pc carries -D_FILE_OFFSET_BITS, which SwiftPM warns about.
    .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CCrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CYaml", providers: [.apt(["libyaml-dev"])]),

    module("EventLoop", ["CLinux"]),
    module("HTTP"),
    module("Metrics", ["CZlib"]),
    module("Health", ["EventLoop"]),
    module("Scoring"),
    module("StatusPage", ["EventLoop", "Health", "Scoring"]),
    module("Postgres", ["CPostgres", "EventLoop", "Health", "Metrics"]),
    module("Redis", ["CHiredis", "EventLoop", "Health", "Metrics"]),
    module("Engine", ["EventLoop", "HTTP"]),
    module("Swarm", ["EventLoop", "Engine", "Metrics", "Scoring"]),
    module("Containers", ["EventLoop", "Engine", "Metrics"]),
    module("Celery", ["EventLoop", "Health", "Redis", "Metrics"]),
    module("StatsD", ["EventLoop", "Metrics"]),
    module(
      "Operations",
      [
        "CCrypto", "CYaml", "CZlib", "EventLoop", "Engine", "Scoring", "Swarm",
        .product(name: "Subprocess", package: "swift-subprocess"),
      ]),
    module("Server", ["EventLoop", "HTTP", "Metrics", logging]),
    module(
      "Vitals",
      [
        "CLinux", "EventLoop", "HTTP", "Metrics", "Health", "Scoring", "StatusPage", "Postgres", "Redis", "Engine",
        "Swarm",
        "Containers", "Celery", "StatsD", "Server", logging,
      ]),
    .executableTarget(
      name: "VitalsCommand",
      dependencies: [
        "EventLoop", "HTTP", "Health", "Scoring", "Engine", "Swarm", "Operations", "Vitals", logging,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),

    .target(
      name: "TestSupport", dependencies: ["EventLoop", "Metrics"], path: "Tests/TestSupport", swiftSettings: settings),
    tests("EventLoopTests", ["EventLoop", "TestSupport"]),
    tests("HTTPTests", ["HTTP", "TestSupport"]),
    tests("MetricsTests", ["Metrics"]),
    tests("HealthTests", ["Health", "EventLoop"]),
    tests("ScoringTests", ["Scoring"]),
    tests("StatusPageTests", ["EventLoop", "Health", "Scoring", "StatusPage"]),
    tests("PostgresTests", ["Postgres", "Health", "EventLoop", "Metrics", "TestSupport"]),
    tests("RedisTests", ["Redis", "Health", "EventLoop", "Metrics", "TestSupport"]),
    tests("EngineTests", ["Engine", "EventLoop", "TestSupport"]),
    tests("SwarmTests", ["Swarm", "Engine", "EventLoop", "Metrics", "Scoring", "TestSupport"]),
    tests("ContainersTests", ["Containers", "Engine", "EventLoop", "Metrics", "TestSupport"]),
    tests("CeleryTests", ["Celery", "Redis", "EventLoop", "Health", "Metrics", "TestSupport"]),
    tests("StatsDTests", ["StatsD", "EventLoop", "Metrics", "TestSupport"]),
    tests("OperationsTests", ["Operations", "Engine", "EventLoop", "Scoring", "Swarm", "TestSupport"]),
    tests("ServerTests", ["EventLoop", "HTTP", "Server", "TestSupport", logging]),
    tests("VitalsTests", [logging, "EventLoop", "Health", "Redis", "Scoring", "Vitals"]),
    program("Embedding", path: "Examples/Embedding"),
    program("FrozenService", path: "Tests/FrozenService"),
    tests("IntegrationTests", ["VitalsCommand", "Embedding", "FrozenService", "TestSupport"]),
  ]
)

// scripts/test builds the modules and their tests alone with sanitizers, for whole programs take a third of the time.
if Context.environment["VITALS_MODULES_ONLY"] == "1" {
  let whole = ["VitalsCommand", "Embedding", "FrozenService", "IntegrationTests"]
  package.targets.removeAll { whole.contains($0.name) }
  package.products.removeAll { $0.name == "vitals" }
}
