// swift-tools-version: 6.2

import PackageDescription

let package = Package(
  name: "Benchmarks",
  products: [.executable(name: "bench", targets: ["Bench"])],
  targets: [
    .target(name: "CAffinity"),
    .executableTarget(
      name: "Bench",
      dependencies: ["CAffinity"],
      swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny")]),
  ]
)
