import Recipes
import Tokenization
import Training

extension TrainKind {
    /// What shares call the tokens that stand without a name.
    private static let first = "tokens"

    /// The names of all sources: the unlabelled one, then those of `mixing:` by name.
    private var sourceNames: [String] {
        [Self.first] + mixing.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
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
        guard !shares.isEmpty else {
            throw ArgumentError(
                argument: "shares",
                message:
                    "give every source its share of the sequences, such as shares: [\(sourceNames.map { "\"\($0)\": 1" }.joined(separator: ", "))]"
            )
        }
        _ = try mixture { _ in 1 }
    }

    /// The mixture that the arguments describe; `nil` without one.
    ///
    /// - Parameter documents: how many documents a source has.
    func mixture(documents: (String) -> Int) throws -> Mixture? {
        guard !mixing.isEmpty else { return nil }
        let names = sourceNames
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
            return try Mixture(names.map { Mixture.Source($0, documents: documents($0)) }, stages: stages)
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
        guard !mixing.isEmpty else { return (first, nil) }
        var corpora = [first]
        for name in sourceNames.dropFirst() {
            corpora.append(try TokenCorpus(shards: unit.paths("mixing.\(name).shards"), vocabulary: vocabulary))
        }
        let counts = Dictionary(uniqueKeysWithValues: zip(sourceNames, corpora.map(\.documents.count)))
        return (TokenCorpus(joining: corpora, vocabulary: vocabulary), try mixture { counts[$0] ?? 0 })
    }
}
