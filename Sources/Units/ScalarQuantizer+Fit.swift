import Tokenization

extension ScalarQuantizer {
    /// Fits rows of a stream by a recipe's method.
    ///
    /// - Parameter values: rows of as many values as there are names.
    init(fitting values: [Float], stream: String, names: [String], bins: Int, method: ScalarMethod) throws {
        switch method {
        case .quantiles: try self.init(fitting: values, stream: stream, names: names, bins: bins)
        case .muLaw(let mu, let limit):
            if let wrong = values.firstIndex(where: { !$0.isFinite }) {
                throw TokenizationError(
                    .badValue,
                    "'\(stream)' has \(values[wrong]) in row \(wrong / max(1, names.count)); screen such episodes out")
            }
            try self.init(
                stream: stream, names: names, companding: Companding(mu: mu, limit: limit), bins: bins)
        case .fast:
            throw TokenizationError(
                .badValue, "'\(stream)' cannot have bins by method fast, which takes chunks of steps")
        }
    }

    /// A line per dimension: name, bounds, bins, and how much lies outside; with advice where outliers lie far out.
    func summary(of values: [Float]) -> [String] {
        names.indices.map { d in
            let (from, to) = (value(at: 0, dimension: d), value(at: Double(bins), dimension: d))
            var line = "\(stream).\(names[d]): \(Float(from))…\(Float(to)) in \(bins) bins"
            line += companding == nil ? " of \(Float(binWidth(d)))" : ", fine near zero (mu-law)"
            let column = stride(from: d, to: values.count, by: width).map { Double(values[$0]) }
            let outside = column.count { $0 < from || $0 > to }
            guard outside > 0 else { return line }
            let farthest = column.map { max($0 - to, from - $0) }.max() ?? 0
            line += "; \(outside) of \(column.count) values lie outside, up to \(Float(farthest)) away"
            // Ten times the range: what the outermost bins say of such values is of no use.
            if companding == nil, farthest > 10 * (to - from) {
                line +=
                    "; these are outliers, which method: .muLaw(mu: 100, limit: \(Float(max(abs(farthest + to), 256)))) keeps"
            }
            return line
        }
    }
}
