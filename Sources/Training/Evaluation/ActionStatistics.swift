public import Tokenization
import DurableFiles
import Foundation

/// What is known of the training episodes' actions; kept in the checkpoint for the mean-action baseline.
public struct ActionStatistics: Codable, Hashable, Sendable {
    /// The file's name in a checkpoint folder.
    public static let fileName = "actions.json"

    public var dimensions: [String]
    /// Mean of every dimension in its own units.
    public var mean: [Double]
    public var steps: Int

    /// Statistics of the actions of a corpus.
    public init(_ corpus: TokenCorpus, tokenizers: TokenizerSet) throws {
        let width = tokenizers.actions.width
        var sums = [Double](repeating: 0, count: width)
        var steps = 0
        for document in corpus.documents {
            try document.requireActions(width: width)
            for row in document.actionRows {
                for (dimension, value) in row.enumerated() { sums[dimension] += Double(value) }
                steps += 1
            }
        }
        dimensions = tokenizers.actions.names
        mean = sums.map { steps > 0 ? $0 / Double(steps) : 0 }
        self.steps = steps
    }

    /// Reads the file of a checkpoint folder.
    public static func read(_ folder: String) throws -> ActionStatistics {
        let path = folder + "/" + fileName
        guard let statistics = try? JSONDecoder().decode(ActionStatistics.self, from: Data(try DurableFiles.read(path)))
        else { throw TrainingError.damaged(path, "it does not hold the statistics of actions; train again") }
        return statistics
    }

    /// Writes the file into a folder.
    public func write(to folder: String) throws {
        try DurableFiles.writeFile(try SortedJSON.encode(self, pretty: true), to: folder + "/" + Self.fileName)
    }
}
