public import Determinism

extension RecipeType {
    /// A canonical value of this type as Swift writes it, such as `.jerk(sigma: 6.0)` or `64.mebibytes`.
    public func swiftText(_ value: CanonicalValue) -> String {
        switch (self, value) {
        case (_, .null): return "nil"
        case (.optional(let wrapped), _): return wrapped.swiftText(value)
        case (_, .bool(let truth)): return "\(truth)"
        case (.byteCount, .int(let bytes)):
            let sizes: [(String, Int64)] = [("gibibytes", 1 << 30), ("mebibytes", 1 << 20), ("kibibytes", 1 << 10)]
            for (unit, size) in sizes where bytes >= size && bytes % size == 0 { return "\(bytes / size).\(unit)" }
            return "\(bytes).bytes"
        case (.duration, .double(let seconds)): return "\(seconds).seconds"
        case (_, .int(let number)): return "\(number)"
        case (_, .double(let number)): return "\(number)"
        case (_, .string(let text)): return "\"\(text)\""
        case (.range, .list(let ends)) where ends.count == 2:
            return "\(RecipeType.int.swiftText(ends[0]))...\(RecipeType.int.swiftText(ends[1]))"
        case (.list(let element), .list(let values)):
            return "[" + values.map { element.swiftText($0) }.joined(separator: ", ") + "]"
        case (.dictionary(let inner), .map(let entries)):
            if entries.isEmpty { return "[:]" }
            let written = entries.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \(inner.swiftText($0.value))" }
            return "[" + written.joined(separator: ", ") + "]"
        case (.bundles, _): return "[:]"
        case (.enumeration(let type), .map(let fields)):
            guard case .string(let name)? = fields["case"], let found = type.cases.first(where: { $0.name == name })
            else {
                return "?"
            }
            if found.payload.isEmpty { return "." + name }
            let inner = found.payload.enumerated().map { position, payload in
                (payload.label.map { "\($0): " } ?? "")
                    + payload.type.swiftText(fields[payload.label ?? "_\(position)"] ?? .null)
            }
            return ".\(name)(\(inner.joined(separator: ", ")))"
        default: return "?"
        }
    }
}
