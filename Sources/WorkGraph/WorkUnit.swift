public import Determinism

/// The type of what flows through a port, such as `EpisodeShards` or `Checkpoint`.
public struct PortType: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The name a recipe's author sees in diagnostics.
    public let name: String

    public init(_ name: String) { self.name = name }

    public var description: String { name }
}

/// One output of one unit, named by the producer's plan key.
public struct OutputReference: Hashable, Sendable, Codable {
    /// Plan key of the unit that makes it.
    public let producer: WorkUnit.Key
    /// Name among the producer's outputs.
    public let output: String

    public init(producer: WorkUnit.Key, output: String) {
        self.producer = producer
        self.output = output
    }
}

/// What a unit reads through one named port: an ordered list of outputs of other units.
public struct PortBinding: Hashable, Sendable, Codable {
    /// The port's name, part of the key.
    public let port: String
    public let type: PortType
    /// One entry for a plain port, several for a sharded one; the order is part of the key.
    public let parts: [OutputReference]

    public init(port: String, type: PortType, parts: [OutputReference]) {
        self.port = port
        self.type = type
        self.parts = parts
    }
}

/// A file from outside the graph that a unit reads: its content counts in the key, its path does not.
public struct SourceBinding: Hashable, Sendable, Codable {
    /// The port's name, part of the key.
    public let port: String
    /// Absolute path at plan time.
    public let path: String
    /// SHA-256 of the content, part of the key.
    public let digest: Digest
    /// Size in bytes.
    public let bytes: Int

    public init(port: String, path: String, digest: Digest, bytes: Int) {
        self.port = port
        self.path = path
        self.digest = digest
        self.bytes = bytes
    }
}

/// One output a unit promises, written as a file or folder of that name.
public struct OutputDeclaration: Hashable, Sendable, Codable {
    public let name: String
    public let type: PortType

    public init(name: String, type: PortType) {
        self.name = name
        self.type = type
    }
}

/// What a unit needs while it runs; never part of a key.
public struct ResourceRequest: Hashable, Sendable, Codable {
    /// MPI ranks of the gang; `1...1` for units that run on one rank.
    public var ranks: ClosedRange<Int> = 1...1
    /// Processors per rank.
    public var cpus: Int = 1
    /// Resident memory per rank in bytes; 0 when unknown.
    public var memoryBytes: Int = 0
    /// Countable resources by name, such as `gpus`; sums over running units never exceed what the site has.
    public var countable: [String: Int] = [:]
    /// Seconds after which an attempt is ended; `nil` for no limit.
    public var timeLimitSeconds: Double?
    /// How many times a failed attempt is repeated.
    public var retries: Int = 0

    public init() {}
}

/// What is known of a unit's work before it runs, for the duration predictor.
public struct WorkEstimate: Hashable, Sendable, Codable {
    /// Floating-point operations.
    public var flops: Double = 0
    /// Bytes read.
    public var bytesRead: Double = 0
    /// Bytes written to outputs.
    public var bytesWritten: Double = 0
    /// Seconds that depend on neither, such as a fixed simulation cost.
    public var fixedSeconds: Double = 0

    public init(flops: Double = 0, bytesRead: Double = 0, bytesWritten: Double = 0, fixedSeconds: Double = 0) {
        self.flops = flops
        self.bytesRead = bytesRead
        self.bytesWritten = bytesWritten
        self.fixedSeconds = fixedSeconds
    }
}

/// A place in a recipe file; lines and columns count from 1.
public struct RecipeLocation: Hashable, Sendable, Codable, CustomStringConvertible {
    public let file: String
    public let line: Int
    public let column: Int

    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    public var description: String { "\(file):\(line):\(column)" }
}

/// One schedulable node of a compiled recipe.
///
/// A work unit is a value. Two machines that compile the same recipe over the same data get equal keys, which is
/// what lets a resumed run skip what is already done.
public struct WorkUnit: Hashable, Sendable, Codable, Identifiable {
    /// SHA-256 of everything that decides the unit's outputs, known before anything runs.
    public typealias Key = Digest

    /// The plan key.
    public let key: Key
    /// Path unique inside one graph, such as `tokens/shard-3`; not part of the key.
    public var name: String
    /// Name of the unit kind in the catalogue.
    public let kind: String
    public let kindVersion: Int
    /// Parameters that count in the key, by name.
    public let parameters: [String: CanonicalValue]
    /// Options that do not count in the key (ranks, memory, retries), by name.
    public let options: [String: CanonicalValue]
    public let inputs: [PortBinding]
    public let sources: [SourceBinding]
    public let outputs: [OutputDeclaration]
    public let resources: ResourceRequest
    /// The run seed when the kind draws random numbers; part of the key then.
    public let seed: UInt64?
    /// The numerics version when the kind computes floats; part of the key then.
    public let numericsVersion: Int?
    /// Whether equal inputs give equal bytes; outputs of other units are records, not compared by `verify`.
    public let isDeterministic: Bool
    public let estimate: WorkEstimate
    public let location: RecipeLocation?

    public var id: Key { key }

    public init(
        name: String, kind: String, kindVersion: Int, parameters: [String: CanonicalValue],
        options: [String: CanonicalValue], inputs: [PortBinding], sources: [SourceBinding],
        outputs: [OutputDeclaration], resources: ResourceRequest, seed: UInt64?, numericsVersion: Int?,
        isDeterministic: Bool, estimate: WorkEstimate, location: RecipeLocation?
    ) {
        var ports: [String: CanonicalValue] = [:]
        for input in inputs {
            ports[input.port] = .list(
                input.parts.map { .list([.string("unit"), .bytes($0.producer.bytes), .string($0.output)]) })
        }
        for (port, files) in Dictionary(grouping: sources, by: \.port) {
            ports[port] = .list(files.map { .list([.string("file"), .bytes($0.digest.bytes)]) })
        }
        let material = Self.keyMaterial(
            kind: kind, version: kindVersion, parameters: parameters, ports: ports, seed: seed,
            numericsVersion: numericsVersion)
        self.init(
            key: material.digest, name: name, kind: kind, kindVersion: kindVersion, parameters: parameters,
            options: options,
            inputs: inputs, sources: sources, outputs: outputs, resources: resources, seed: seed,
            numericsVersion: numericsVersion, isDeterministic: isDeterministic, estimate: estimate, location: location)
    }

    /// The unit that another part of this program compiled, with the key it found.
    package init(
        key: Key, name: String, kind: String, kindVersion: Int, parameters: [String: CanonicalValue],
        options: [String: CanonicalValue], inputs: [PortBinding], sources: [SourceBinding],
        outputs: [OutputDeclaration], resources: ResourceRequest, seed: UInt64?, numericsVersion: Int?,
        isDeterministic: Bool, estimate: WorkEstimate, location: RecipeLocation?
    ) {
        self.key = key
        self.name = name
        self.kind = kind
        self.kindVersion = kindVersion
        self.parameters = parameters
        self.options = options
        self.inputs = inputs
        self.sources = sources
        self.outputs = outputs
        self.resources = resources
        self.seed = seed
        self.numericsVersion = numericsVersion
        self.isDeterministic = isDeterministic
        self.estimate = estimate
        self.location = location
    }

    func movingSources(_ places: [String: String]) -> WorkUnit {
        guard sources.contains(where: { places[$0.path] != nil }) else { return self }
        let moved = sources.map {
            SourceBinding(port: $0.port, path: places[$0.path] ?? $0.path, digest: $0.digest, bytes: $0.bytes)
        }
        return WorkUnit(
            key: key, name: name, kind: kind, kindVersion: kindVersion, parameters: parameters, options: options,
            inputs: inputs, sources: moved, outputs: outputs, resources: resources, seed: seed,
            numericsVersion: numericsVersion, isDeterministic: isDeterministic, estimate: estimate, location: location)
    }

    /// The digest under which the outputs of this unit are found again by what it actually read: the plan key's
    /// formula with content digests in the place of producers, so that a parent that ran again and made the same bytes
    /// cuts the rerun off here.
    ///
    /// - Parameter contents: for each input port, the content digests of its parts in order.
    public func contentKey(contents: [String: [Digest]]) -> Digest {
        // Nothing comes from other units: both formulas see the same.
        if inputs.allSatisfy(\.parts.isEmpty), contents.allSatisfy(\.value.isEmpty), contents.count == inputs.count {
            return key
        }
        var ports: [String: CanonicalValue] = [:]
        for (port, digests) in contents {
            ports[port] = .list(digests.map { .list([.string("content"), .bytes($0.bytes)]) })
        }
        for (port, files) in Dictionary(grouping: sources, by: \.port) {
            ports[port] = .list(files.map { .list([.string("file"), .bytes($0.digest.bytes)]) })
        }
        return Self.keyMaterial(
            kind: kind, version: kindVersion, parameters: parameters, ports: ports, seed: seed,
            numericsVersion: numericsVersion
        ).digest
    }

    private static func keyMaterial(
        kind: String, version: Int, parameters: [String: CanonicalValue], ports: [String: CanonicalValue],
        seed: UInt64?, numericsVersion: Int?
    ) -> CanonicalValue {
        .map([
            "kind": .string(kind), "version": .int(Int64(version)), "parameters": .map(parameters),
            "ports": .map(ports), "seed": seed.map { .int(Int64(bitPattern: $0)) } ?? .null,
            "numerics": numericsVersion.map { .int(Int64($0)) } ?? .null,
        ])
    }
}
