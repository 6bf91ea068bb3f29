/// Gives the units of a recipe names that are unique, readable and stable while the recipe changes elsewhere.
///
/// A call is named by `.named`, by its binding in a recipe file (`policy[rate=0.001]`), or by its kind (`evaluate`,
/// `evaluate-2`, …); the units of a sharded call stand below it (`demos/shard-3`).
struct UnitNames {
    struct Problem: Error { let message: String }

    private var baseByCall: [ObjectIdentifier: String] = [:]
    private var callByExplicitBase: [String: ObjectIdentifier] = [:]
    private var taken: Set<String> = []
    private var nextNumber: [String: Int] = [:]

    /// The name of the next unit kept.
    mutating func name(for node: UnitNode) -> Result<String, Problem> {
        let call = ObjectIdentifier(node.label)
        let base: String
        if let known = baseByCall[call] {
            base = known
        } else {
            var wanted = node.label.name ?? Self.name(ofKind: node.label.kind ?? node.kind.description.name)
            // The variables of many loops make a long name; numbers tell the shortened ones apart.
            if !node.label.isExplicit, wanted.utf8.count > 120 { wanted = String(wanted.prefix(60)) }
            if let fault = Self.fault(of: wanted) { return .failure(Problem(message: fault)) }
            if node.label.isExplicit {
                if taken.contains(wanted) {
                    return .failure(
                        Problem(
                            message: "two units are named '\(wanted)'; inside 'for' put the variable into the name: "
                                + ".named(\"\(wanted)-\\(variable)\")"))
                }
                base = wanted
            } else {
                base = free(wanted)
            }
            taken.insert(base)
            baseByCall[call] = base
        }
        guard let part = node.part else { return .success(unitName(base, owned: call)) }
        return .success(unitName("\(base)/\(part)", owned: nil))
    }

    private var bare: Set<ObjectIdentifier> = []

    private mutating func unitName(_ name: String, owned call: ObjectIdentifier?) -> String {
        // The call's own name is taken by the call; its first unit without a part may have it.
        if let call, bare.insert(call).inserted { return name }
        let unique = free(name)
        taken.insert(unique)
        return unique
    }

    private mutating func free(_ name: String) -> String {
        guard taken.contains(name) else { return name }
        var number = nextNumber[name] ?? 2
        while taken.contains("\(name)-\(number)") { number += 1 }
        nextNumber[name] = number + 1
        return "\(name)-\(number)"
    }

    /// `trainTextTokenizer` of `TrainTextTokenizer`.
    static func name(ofKind kind: String) -> String {
        kind.prefix(1).lowercased() + kind.dropFirst()
    }

    /// What speaks against a unit's name, if anything does; names become file names of logs.
    private static func fault(of name: String) -> String? {
        let allowed = name.unicodeScalars.allSatisfy { scalar in
            scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "-_.+=,[]".unicodeScalars.contains(scalar)
        }
        if name.isEmpty || name.utf8.count > 120 {
            return "a unit's name has 1 to 120 bytes; '\(name)' has \(name.utf8.count)"
        }
        if !allowed || name.hasPrefix(".") || name.hasPrefix("-") {
            return "'\(name)' cannot be a unit's name: it starts with a letter or digit, and letters, digits and "
                + "- _ . + = , [ ] may stand in it"
        }
        return nil
    }
}
