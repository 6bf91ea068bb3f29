// swift-tools-version: 6.2
import PackageDescription

// A recipe with unit kinds and functions of its own. In a package of yours, `path:` becomes the project's URL.
let package = Package(
    name: "primes",
    dependencies: [.package(name: "orchestrate", path: "../..")],
    targets: [
        .executableTarget(name: "primes", dependencies: [.product(name: "Orchestrator", package: "orchestrate")])
    ]
)
