/// How good several ways of predicting one thing have been; the best so far is believed.
///
/// - Source: discounted prediction with expert advice, Cesa-Bianchi and Lugosi, "Prediction, Learning, and Games", section 2.11.
struct ExpertScores: Sendable {
    /// A way of predicting.
    enum Expert: Int, CaseIterable, Sendable {
        /// The line through the history, corrected by this run.
        case line
        /// As the unit before.
        case last
        /// As the median of the last few.
        case recent
        /// As those with about as many bytes.
        case alike
        /// By what the unit's relatives took.
        case kin
    }

    struct Score: Sendable {
        /// Sum of errors of the logarithm, none counted as more than 1, and how many; both fade.
        var loss = 0.0
        var weight = 0.0
        /// Sum of squared errors, fading with `weight`.
        var squares = 0.0

        mutating func note(error: Double, fading: Double) {
            let size = abs(error)
            loss = loss * fading + min(1, size)
            weight = weight * fading + 1
            squares = squares * fading + min(size, 2.5) * min(size, 2.5)
        }
    }

    private(set) var scores = [Score](repeating: Score(), count: Expert.allCases.count)

    subscript(_ expert: Expert) -> Score { scores[expert.rawValue] }

    /// Takes in that a unit took `error` more than the expert said, both as logarithms.
    mutating func note(_ expert: Expert, error: Double, fading: Double = 0.97) {
        scores[expert.rawValue].note(error: error, fading: fading)
    }

    /// Mean error of an expert, where little is known that of all kinds together.
    func loss(_ expert: Expert, common: ExpertScores) -> Double {
        let all = common[expert]
        let usual = (all.loss + 0.3) / (all.weight + 1)
        let own = self[expert]
        return (own.loss + 2 * usual) / (own.weight + 2)
    }
}
