/// Sets of documents that a training draws from in exact proportions, which may change from a step on.
public struct Mixture: Hashable, Sendable {
    /// The next so many documents of a corpus, under a name.
    public struct Source: Hashable, Sendable {
        public let name: String
        public let documents: Int

        public init(_ name: String, documents: Int) {
            self.name = name
            self.documents = documents
        }
    }

    /// Shares of the sources from one step on.
    public struct Stage: Hashable, Sendable {
        /// Counted from 1.
        public let firstStep: Int
        /// Whole numbers without a common divisor, one a source: of so many sequences as their sum, each source gives its share.
        public let shares: [Int]
    }

    public let sources: [Source]
    /// The first one begins with the first step.
    public let stages: [Stage]

    /// Shares of a stage add up to no more, so that its pattern is a small table.
    public static let mostShares = 100_000

    /// A mixture of the documents of a corpus.
    ///
    /// - Parameters:
    ///   - sources: in the order in which their documents stand.
    ///   - stages: first steps, ascending from 1, and a share of every source.
    /// - Throws: ``TrainingError`` for shares that cannot be drawn.
    public init(_ sources: [Source], stages: [(firstStep: Int, shares: [Int])]) throws(TrainingError) {
        guard !sources.isEmpty, stages.first?.firstStep == 1 else {
            throw TrainingError(.settings, "a mixture needs sources, and shares from step 1 on")
        }
        guard zip(stages, stages.dropFirst()).allSatisfy({ $0.firstStep < $1.firstStep }) else {
            let steps = stages.map { "\($0.firstStep)" }.joined(separator: ", ")
            throw TrainingError(
                .settings, "stages of a mixture begin at steps \(steps); give them ascending, each later than 1")
        }
        for stage in stages {
            let sum = stage.shares.reduce(0) { $0.addingReportingOverflow($1).partialValue }
            guard stage.shares.count == sources.count, stage.shares.allSatisfy({ 0...Self.mostShares ~= $0 }),
                1...Self.mostShares ~= sum
            else {
                throw TrainingError(
                    .settings,
                    "shares \(stage.shares) from step \(stage.firstStep) on: give \(sources.count) whole numbers from 0 up that add up to 1 ... \(Self.mostShares)"
                )
            }
        }
        for (number, source) in sources.enumerated() where stages.allSatisfy({ $0.shares[number] == 0 }) {
            throw TrainingError(.settings, "'\(source.name)' has no share at any step; give it one, or leave it out")
        }
        self.sources = sources
        self.stages = stages.map { stage in
            let divisor = stage.shares.reduce(0, Self.greatestDivisor)
            return Stage(firstStep: stage.firstStep, shares: stage.shares.map { $0 / divisor })
        }
    }

    /// The shares in a line for people.
    func description(of stage: Stage) -> String {
        zip(sources, stage.shares).map { "\($0.name) \($1)" }.joined(separator: ", ")
    }

    private static func greatestDivisor(_ a: Int, _ b: Int) -> Int {
        var (a, b) = (a, b)
        while b != 0 { (a, b) = (b, a % b) }
        return a
    }
}
