import Determinism
import WorkGraph

extension ResourceRequest {
    /// The request that resource fields with the usual names make.
    ///
    /// These are `ranks`, `cpus`, `memory`, `resources`, `timeLimit` and `retries`; a kind's `plan` may change it.
    init(options: [String: CanonicalValue]) {
        self.init()
        switch options["ranks"] {
        case .list?: if let range = ClosedRange<Int>(canonical: options["ranks"] ?? .null) { ranks = range }
        case .int(let count)? where count > 0: ranks = Int(count)...Int(count)
        default: break
        }
        if case .int(let count)? = options["cpus"] { cpus = Int(count) }
        if case .int(let bytes)? = options["memory"] { memoryBytes = Int(bytes) }
        if let counts = options["resources"].flatMap([String: Int].init(canonical:)) { countable = counts }
        if case .double(let seconds)? = options["timeLimit"] { timeLimitSeconds = seconds }
        if case .int(let count)? = options["retries"] ?? options["retry"] { retries = Int(count) }
    }
}
