public import Recipes
import WorkGraph

/// One file of demonstrations in the robomimic layout, as a simulator writes it.
public struct Demonstrations: PortBundle {
    public static let bundleType = BundleType(
        name: "Demonstrations", members: [.init("demonstrations", PortType("Demonstrations"))])
    public let wiring: Wiring
    public init(wiring: Wiring) { self.wiring = wiring }
}

/// Demonstrations: heavy shards with frames, and a light selection table saying which episodes count.
///
/// Screening and splitting write only a new selection; the shards stay where they are.
public struct EpisodeSet: PortBundle {
    public static let bundleType = BundleType(
        name: "EpisodeSet",
        members: [.init("shards", PortType("EpisodeShard")), .init("selection", PortType("EpisodeSelection"))])
    public let wiring: Wiring
    public init(wiring: Wiring) { self.wiring = wiring }
}

/// Three disjoint parts of one set of demonstrations.
public struct EpisodeSplit: PortBundle {
    public static let bundleType = BundleType(
        name: "EpisodeSplit",
        views: [
            .init("training", EpisodeSet.bundleType), .init("validation", EpisodeSet.bundleType),
            .init("test", EpisodeSet.bundleType),
        ])
    public let wiring: Wiring
    public init(wiring: Wiring) { self.wiring = wiring }
    public var training: EpisodeSet { EpisodeSet(wiring: wiring.view("training")) }
    public var validation: EpisodeSet { EpisodeSet(wiring: wiring.view("validation")) }
    public var test: EpisodeSet { EpisodeSet(wiring: wiring.view("test")) }
}

/// Tokenized episodes, one shard per shard of demonstrations.
public struct TokenShards: PortBundle {
    public static let bundleType = BundleType(
        name: "TokenShards",
        members: [.init("shards", PortType("TokenShard")), .init("vocabulary", PortType("SharedVocabulary"))])
    public let wiring: Wiring
    public init(wiring: Wiring) { self.wiring = wiring }
}

/// Tokens of the three parts of a split, under one vocabulary.
public struct TokenSplit: PortBundle {
    public static let bundleType = BundleType(
        name: "TokenSplit",
        views: [
            .init("training", TokenShards.bundleType), .init("validation", TokenShards.bundleType),
            .init("test", TokenShards.bundleType),
        ])
    public let wiring: Wiring
    public init(wiring: Wiring) { self.wiring = wiring }
    public var training: TokenShards { TokenShards(wiring: wiring.view("training")) }
    public var validation: TokenShards { TokenShards(wiring: wiring.view("validation")) }
    public var test: TokenShards { TokenShards(wiring: wiring.view("test")) }
}

/// The tokenizers of all modalities under one vocabulary.
public struct AssembledVocabulary: PortBundle {
    public static let bundleType = BundleType(
        name: "AssembledVocabulary", members: [.init("vocabulary", PortType("SharedVocabulary"))])
    public let wiring: Wiring
    public init(wiring: Wiring) { self.wiring = wiring }
}

/// A trained byte-level BPE tokenizer.
public struct TextTokenizer: PortBundle {
    public static let bundleType = BundleType(
        name: "TextTokenizer", members: [.init("tokenizer", PortType("TextTokenizer"))])
    public let wiring: Wiring
    public init(wiring: Wiring) { self.wiring = wiring }
}

/// A fitted VQ image tokenizer: codebook and decoder.
public struct ImageTokenizer: PortBundle {
    public static let bundleType = BundleType(
        name: "ImageTokenizer", members: [.init("tokenizer", PortType("ImageTokenizer"))])
    public let wiring: Wiring
    public init(wiring: Wiring) { self.wiring = wiring }
}

/// Fitted bins of every action dimension.
public struct ActionTokenizer: PortBundle {
    public static let bundleType = BundleType(
        name: "ActionTokenizer", members: [.init("tokenizer", PortType("ActionTokenizer"))])
    public let wiring: Wiring
    public init(wiring: Wiring) { self.wiring = wiring }
}

/// Fitted bins of every sensor dimension.
public struct SensorTokenizer: PortBundle {
    public static let bundleType = BundleType(
        name: "SensorTokenizer", members: [.init("tokenizer", PortType("SensorTokenizer"))])
    public let wiring: Wiring
    public init(wiring: Wiring) { self.wiring = wiring }
}

/// A trained model: weights, configuration and the vocabulary it speaks.
public struct Checkpoint: PortBundle {
    public static let bundleType = BundleType(
        name: "Checkpoint", members: [.init("checkpoint", PortType("Checkpoint"))])
    public let wiring: Wiring
    public init(wiring: Wiring) { self.wiring = wiring }
}

/// Figures of merit of a checkpoint as JSON.
public struct Evaluation: PortBundle {
    public static let bundleType = BundleType(
        name: "Evaluation", members: [.init("evaluation", PortType("Evaluation"))])
    public let wiring: Wiring
    public init(wiring: Wiring) { self.wiring = wiring }
}

/// Actions and frames a checkpoint generated.
public struct Rollouts: PortBundle {
    public static let bundleType = BundleType(name: "Rollouts", members: [.init("rollouts", PortType("Rollouts"))])
    public let wiring: Wiring
    public init(wiring: Wiring) { self.wiring = wiring }
}

/// A folder other programs load.
public struct ExportedModel: PortBundle {
    public static let bundleType = BundleType(
        name: "ExportedModel", members: [.init("model", PortType("ExportedModel"))])
    public let wiring: Wiring
    public init(wiring: Wiring) { self.wiring = wiring }
}
