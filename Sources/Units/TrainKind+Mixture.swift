import Recipes
import Tokenization
import Training
import WorkGraph

extension TrainKind {
    /// What shares call the tokens that stand without a name.
    private static let first = "tokens"

    /// The names of all sources: the unlabelled one, then the further ones in their order.
    private static func sources(_ further: some Sequence<String>) -> [String] {
        [first] + further.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Checks what a recipe says of the mixture.
    ///
    /// - Throws: ``ArgumentError`` with the argument that cannot work.
    func planMixture() throws {
        guard !mixing.isEmpty else {
            guard shares.isEmpty, curriculum.isEmpty else {
                throw ArgumentError(
                    argument: shares.isEmpty ? "curriculum" : "shares",
                    message:
                        "there is nothing to mix; name further tokens, such as mixing: [\"simulated\": more.training]")
            }
            return
        }
        for (name, handle) in mixing.sorted(by: { $0.key < $1.key }) {
            let type = (handle as? AnyHandle)?.type ?? Swift.type(of: handle).bundleType
            guard type == TokenShards.bundleType else {
                throw ArgumentError(
                    argument: "mixing",
                    message: "'\(name)' is a \(type.name), where TokenShards are needed, such as tokens.training")
            }
        }
        guard mixing[Self.first] == nil else {
            throw ArgumentError(
                argument: "mixing", message: "'\(Self.first)' is the name of the tokens that come first; use another")
        }
        let names = Self.sources(mixing.keys)
        guard !shares.isEmpty else {
            throw ArgumentError(
                argument: "shares",
                message:
                    "give every source its share of the sequences, such as shares: [\(names.map { "\"\($0)\": 1" }.joined(separator: ", "))]"
            )
        }
        _ = try mixture(names.map { Mixture.Source($0, documents: 1) })
    }

    /// The mixture of these sources that the arguments describe.
    private func mixture(_ sources: [Mixture.Source]) throws -> Mixture {
        let names = sources.map(\.name)
        func list(_ shares: [String: Int], argument: String) throws -> [Int] {
            if let unknown = shares.keys.filter({ !names.contains($0) }).min() {
                throw ArgumentError(
                    argument: argument,
                    message: "'\(unknown)' is not one of the sources: \(names.joined(separator: ", "))")
            }
            return names.map { shares[$0] ?? 0 }
        }
        var stages = [(firstStep: 1, shares: try list(shares, argument: "shares"))]
        for case .from(let step, let shares) in curriculum {
            stages.append((step, try list(shares, argument: "curriculum")))
        }
        do {
            return try Mixture(sources, stages: stages)
        } catch {
            throw ArgumentError(argument: curriculum.isEmpty ? "shares" : "curriculum", message: error.message)
        }
    }

    /// The documents of all sources under one vocabulary, and how they are mixed.
    ///
    /// - Throws: `TokenizationError` for shards of another vocabulary.
    func corpora(_ unit: UnitContext, tokenizers: TokenizerSet) throws -> (corpus: TokenCorpus, mixture: Mixture?) {
        let vocabulary = tokenizers.vocabulary.digest
        let first = try TokenCorpus(shards: unit.paths("tokens.shards"), vocabulary: vocabulary)
        // A worker's instance has no handles: what the unit reads is told by its ports.
        let (prefix, suffix) = ("mixing.", ".shards")
        let further = unit.unit.inputs.map(\.port).filter { $0.hasPrefix(prefix) && $0.hasSuffix(suffix) }
        guard !further.isEmpty else { return (first, nil) }
        let names = Self.sources(further.map { String($0.dropFirst(prefix.count).dropLast(suffix.count)) })
        let corpora =
            try [first]
            + names.dropFirst().map {
                try TokenCorpus(shards: unit.paths(prefix + $0 + suffix), vocabulary: vocabulary)
            }
        let sources = zip(names, corpora).map { Mixture.Source($0, documents: $1.documents.count) }
        return (TokenCorpus(joining: corpora, vocabulary: vocabulary), try mixture(sources))
    }
}
