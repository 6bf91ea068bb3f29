// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// Modules that touch memory of C libraries: every unsafe step says `unsafe`.
let touchesC = strict + [.strictMemorySafety()]

extension Target.Dependency {
    static let argumentParser = Self.product(name: "ArgumentParser", package: "swift-argument-parser")
    static let collections = Self.product(name: "OrderedCollections", package: "swift-collections")
    static let deques = Self.product(name: "DequeModule", package: "swift-collections")
    static let heaps = Self.product(name: "HeapModule", package: "swift-collections")
    static let crypto = Self.product(name: "Crypto", package: "swift-crypto")
    static let database = Self.product(name: "GRDB", package: "GRDB.swift")
    static let sqlite = Self.product(name: "GRDBSQLite", package: "GRDB.swift")
    static let yaml = Self.product(name: "Yams", package: "Yams")
    static let subprocess = Self.product(name: "Subprocess", package: "swift-subprocess")
    static let swiftSyntax = Self.product(name: "SwiftSyntax", package: "swift-syntax")
    static let swiftParser = Self.product(name: "SwiftParser", package: "swift-syntax")
    static let swiftDiagnostics = Self.product(name: "SwiftDiagnostics", package: "swift-syntax")
    static let swiftParserDiagnostics = Self.product(name: "SwiftParserDiagnostics", package: "swift-syntax")
    static let swiftOperators = Self.product(name: "SwiftOperators", package: "swift-syntax")
}

/// One room of the house: a library target that says what it may import.
func room(_ name: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = strict) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: [.init(stringLiteral: name), "TestSupport"] + dependencies,
        swiftSettings: strict)
}

/// A file of `recipes/`, through a link, as the compiler sees it.
func compiledRecipe(_ name: String) -> Target {
    .target(
        name: "Compiled" + name, dependencies: ["Orchestrator"], path: "Tests/CompiledRecipes/" + name,
        swiftSettings: strict)
}

let package = Package(
    name: "orchestrate",
    products: [
        .library(name: "Orchestrator", targets: ["Orchestrator"]),
        .executable(name: "orchestrate", targets: ["orchestrate"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/swiftlang/swift-syntax", from: "603.0.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    ],
    targets: [
        // MARK: Doors to C: a module map and a shim, nothing else
        .systemLibrary(name: "COpenMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),
        .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev", "liblzf-dev"])]),
        .systemLibrary(name: "CPictures", pkgConfig: "libpng", providers: [.apt(["libpng-dev", "libjpeg-dev"])]),

        // MARK: Ground: float kernels in C, determinism, durable bytes
        .target(name: "CProcesses"),
        .target(name: "CKernels"),
        room("Determinism", [.crypto]),
        room("Processes", ["CProcesses", "Determinism"]),
        room("DurableFiles", ["Determinism", .crypto]),

        // MARK: Faces of C libraries
        room("Ranks", ["COpenMPI", "Determinism"], settings: touchesC),
        room("HDF5", ["CHDF5", "Determinism"], settings: touchesC),
        room("Pictures", ["CPictures"], settings: touchesC),
        room("Kernels", ["CKernels"], settings: touchesC),

        // MARK: Graphs, prediction, scheduling: pure
        room("WorkGraph", ["Determinism"]),
        room("Sites", ["Determinism", .yaml]),
        room("Prediction", ["WorkGraph", "Determinism"]),
        room("Scheduling", ["Prediction", "Sites", "WorkGraph", "Determinism", .collections, .heaps]),

        // MARK: Recipes
        room("Recipes", ["WorkGraph", "Ranks", "Determinism", .collections]),
        room(
            "RecipeLanguage",
            [
                "Recipes", "WorkGraph", "Determinism", .swiftSyntax, .swiftParser, .swiftParserDiagnostics,
                .swiftOperators,
            ]),

        // MARK: What was done, and where it is
        room("Ledger", ["DurableFiles", "Prediction", "WorkGraph", "Determinism", .database, .sqlite, .crypto]),

        // MARK: Demonstrations, tokens, training
        room("PlanarPushing", ["Determinism"]),
        room("Episodes", ["HDF5", "Pictures", "DurableFiles", "Determinism"]),
        room("Modeling", ["Kernels", "Determinism"]),
        room("Tokenization", ["Modeling", "Kernels", "DurableFiles", "Determinism"]),
        room("Training", ["Modeling", "Tokenization", "Kernels", "Ranks", "DurableFiles", "Determinism"]),

        // MARK: Units and their execution
        room(
            "Units",
            [
                "Training", "Tokenization", "Modeling", "Episodes", "PlanarPushing", "Pictures", "HDF5", "Kernels",
                "Recipes",
                "Ranks", "WorkGraph", "DurableFiles", "Processes", "Determinism",
            ]),
        room(
            "Execution",
            [
                "Ledger", "Recipes", "Scheduling", "Prediction", "Ranks", "WorkGraph", "DurableFiles", "Determinism",
                "Processes", .deques,
            ]),
        room(
            "Launch",
            [
                "Execution", "Ledger", "Sites", "Recipes", "Ranks", "WorkGraph", "DurableFiles", "Processes",
                "Determinism",
            ]),
        room(
            "Observatory",
            ["Ledger", "DurableFiles", "Scheduling", "Prediction", "WorkGraph", "Pictures", "Determinism"]),
        room(
            "Inspection",
            [
                "Observatory", "Training", "Tokenization", "Modeling", "Episodes", "HDF5", "Pictures", "DurableFiles",
                "Determinism",
            ]),

        // MARK: The face
        room(
            "Commands",
            [
                "Inspection", "Observatory", "Launch", "Execution", "Units", "Ledger", "RecipeLanguage", "Recipes",
                "Scheduling", "Sites",
                "Prediction", "Episodes", "HDF5", "Pictures", "Tokenization", "Training", "Modeling", "Kernels",
                "Ranks",
                "WorkGraph", "DurableFiles", "Processes", "Determinism", .argumentParser,
            ]),
        room("Orchestrator", ["Commands", "Units", "Episodes", "Recipes", "Ranks", "WorkGraph", "Determinism"]),
        .executableTarget(name: "orchestrate", dependencies: ["Commands", "Units", "Recipes"], swiftSettings: strict),

        // MARK: Benchmarks
        .executableTarget(
            name: "kernel-bench", dependencies: ["Modeling", "Kernels", "Determinism"],
            path: "Benchmarks/KernelBench",
            swiftSettings: strict),
        .executableTarget(
            name: "train-bench",
            dependencies: ["Training", "Tokenization", "Modeling", "Kernels", "Ranks", "Determinism", "COpenMPI"],
            path: "Benchmarks/TrainBench", swiftSettings: strict),
        .executableTarget(
            name: "read-bench", dependencies: ["HDF5"], path: "Benchmarks/ReadBench", swiftSettings: strict),
        .executableTarget(
            name: "token-bench", dependencies: ["Tokenization", "Episodes", "Determinism"],
            path: "Benchmarks/TokenBench", swiftSettings: strict),
        .executableTarget(
            name: "schedule-bench", dependencies: ["Scheduling", "Prediction", "Sites", "Pictures", "Determinism"],
            path: "Benchmarks/ScheduleBench", swiftSettings: strict),
        // MARK: Rank programs: run under mpirun by tests, each ends with non-zero on failure
        .executableTarget(
            name: "RankProbe", dependencies: ["Ranks"], path: "Tests/RankPrograms/RankProbe", swiftSettings: strict),
        .executableTarget(
            name: "RunProbe",
            dependencies: [
                "Execution", "Ledger", "Recipes", "Scheduling", "Ranks", "WorkGraph", "DurableFiles", "Determinism",
            ],
            path: "Tests/RankPrograms/RunProbe", swiftSettings: strict),

        .executableTarget(
            name: "TrainProbe",
            dependencies: ["TrainingSamples", "Training", "Kernels", "Ranks", "DurableFiles"],
            path: "Tests/RankPrograms/TrainProbe", swiftSettings: strict),

        // MARK: Tests
        .target(
            name: "TrainingSamples", dependencies: ["Training", "Tokenization", "Modeling", "Kernels", "Determinism"],
            path: "Tests/TrainingSamples", swiftSettings: strict),
        .target(
            name: "TestSupport", dependencies: ["Determinism", "Ranks"], path: "Tests/TestSupport",
            swiftSettings: strict),
        tests("Determinism", []),
        tests("DurableFiles", ["Determinism"]),
        tests("Ranks", []),
        tests("HDF5", []),
        tests("Pictures", []),
        tests("Kernels", ["Determinism"]),
        tests("WorkGraph", ["Determinism"]),
        tests("Prediction", ["WorkGraph", "Determinism"]),
        tests("Processes", ["Determinism"]),
        tests("Sites", ["Determinism"]),
        tests("Scheduling", ["Prediction", "Sites", "Pictures", "WorkGraph", "Determinism"]),
        tests("Recipes", ["WorkGraph", "Ranks", "Determinism"]),
        tests(
            "RecipeLanguage",
            [
                "Recipes", "Units", "Episodes", "WorkGraph", "Determinism", .swiftSyntax, .swiftParser, "CompiledHello",
                "CompiledSimulate", "CompiledPushT", "CompiledSweep", "CompiledPython", "CompiledAloha",
                "CompiledBalls", "CompiledSoccer",
            ]),
        compiledRecipe("Hello"), compiledRecipe("Simulate"), compiledRecipe("PushT"), compiledRecipe("Sweep"),
        compiledRecipe("Python"), compiledRecipe("Aloha"), compiledRecipe("Balls"), compiledRecipe("Soccer"),
        .executableTarget(
            name: "primes", dependencies: ["Orchestrator"], path: "Examples/Primes/Sources/primes",
            swiftSettings: [.swiftLanguageMode(.v6)]),
        tests("Ledger", ["DurableFiles", "Prediction", "WorkGraph", "Determinism"]),
        tests("PlanarPushing", ["Determinism"]),
        tests("Episodes", ["HDF5", "DurableFiles", "Determinism"]),
        tests("Modeling", ["Kernels", "Determinism"]),
        tests("Tokenization", ["Modeling", "Kernels", "Determinism"]),
        tests(
            "Training",
            [
                "TrainingSamples", "TrainProbe", "Modeling", "Tokenization", "Kernels", "Ranks", "DurableFiles",
                "Determinism",
            ]),
        tests(
            "Units",
            [
                "Recipes", "Training", "Tokenization", "Modeling", "Episodes", "PlanarPushing", "HDF5", "Pictures",
                "Ranks", "WorkGraph", "DurableFiles", "Determinism",
            ]),
        tests(
            "Execution",
            ["Ledger", "Recipes", "Scheduling", "Prediction", "Ranks", "WorkGraph", "DurableFiles", "Determinism"]),
        tests("Launch", ["Execution", "Ledger", "Processes"]),
        tests("Observatory", ["Ledger", "Scheduling", "WorkGraph", "Pictures", "Determinism"]),
        tests(
            "Inspection",
            [
                "Training", "Tokenization", "Modeling", "Kernels", "Episodes", "HDF5", "Pictures", "DurableFiles",
                "Determinism",
            ]),
        tests(
            "Commands",
            [
                "Observatory", "Ledger", "RecipeLanguage", "Recipes", "Units", "HDF5", "Pictures", "WorkGraph",
                "DurableFiles", "Determinism",
            ]),
    ]
)
