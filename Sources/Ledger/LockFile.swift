public import Determinism
import DurableFiles

/// Everything that is needed to run a recipe again and get the same bytes, in `lock.json` of a run.
public struct LockFile: Hashable, Sendable, Codable {
    public var schema: Int = LedgerSchema.lock
    /// The recipe's name.
    public var recipe: String
    /// Absolute path of the recipe's file; empty for a compiled one.
    public var recipePath: String
    /// The recipe's text; empty for a compiled one.
    public var recipeText: String
    /// Values of all parameters as written, defaults included.
    public var parameters: [String: String]
    public var seed: UInt64
    /// Files from outside, sorted by path.
    public var inputs: [Input]
    /// Every unit of the graph, in order.
    public var units: [Unit]
    public var numericsVersion: Int
    /// The Swift compiler this program was built with.
    public var toolchain: String
    /// Version of this program.
    public var programVersion: String
    /// Versions of libraries, by name, such as `mpi` and `hdf5`.
    public var libraries: [String: String]
    /// The processor's name.
    public var processor: String
    /// The project's commit and what was changed since; `nil` outside a repository.
    public var git: GitState?

    /// One file from outside.
    public struct Input: Hashable, Sendable, Codable {
        public var path: String
        public var digest: Digest
        public var bytes: Int

        public init(path: String, digest: Digest, bytes: Int) {
            self.path = path
            self.digest = digest
            self.bytes = bytes
        }
    }

    /// One unit of the graph.
    public struct Unit: Hashable, Sendable, Codable {
        public var name: String
        public var key: Digest

        public init(name: String, key: Digest) {
            self.name = name
            self.key = key
        }
    }

    public init(
        recipe: String, recipePath: String, recipeText: String, parameters: [String: String], seed: UInt64,
        inputs: [Input],
        units: [Unit], numericsVersion: Int, toolchain: String, programVersion: String, libraries: [String: String],
        processor: String, git: GitState?
    ) {
        self.recipe = recipe
        self.recipePath = recipePath
        self.recipeText = recipeText
        self.parameters = parameters
        self.seed = seed
        self.inputs = inputs.sorted { $0.path < $1.path }
        self.units = units
        self.numericsVersion = numericsVersion
        self.toolchain = toolchain
        self.programVersion = programVersion
        self.libraries = libraries
        self.processor = processor
        self.git = git
    }

    public func write(to path: String) throws { try DurableFiles.write(LedgerJSON.encode(self), to: path) }

    /// - Throws: ``LedgerError`` when it is damaged or newer than this program.
    public static func read(_ path: String) throws -> LockFile {
        try LedgerJSON.read(LockFile.self, path, known: LedgerSchema.lock)
    }
}
