import Ledger

/// Units of one call, such as the shards of `tokens/shard-0` … `tokens/shard-31`, shown as one where there are many.
struct UnitGroup {
    /// The common name: what stands before the first slash.
    let name: String
    let kind: String
    /// Positions in the summary, ascending.
    var members: [Int]

    /// Groups of `units` in order of their first member.
    ///
    /// With at most `limit` units each stands alone; failed ones always do.
    static func groups(of units: [UnitOutcome], limit: Int) -> [UnitGroup] {
        var groups: [UnitGroup] = []
        var positions: [String: Int] = [:]
        for (index, unit) in units.enumerated() {
            let prefix = String(unit.name.prefix { $0 != "/" })
            guard units.count > limit, unit.state != .failed, prefix.count < unit.name.count else {
                groups.append(UnitGroup(name: unit.name, kind: unit.kind, members: [index]))
                continue
            }
            let identity = prefix + "\u{0}" + unit.kind
            if let position = positions[identity] {
                groups[position].members.append(index)
            } else {
                positions[identity] = groups.count
                groups.append(UnitGroup(name: prefix, kind: unit.kind, members: [index]))
            }
        }
        return groups.map { group in
            guard group.members.count == 1, let only = group.members.first else { return group }
            return UnitGroup(name: units[only].name, kind: group.kind, members: group.members)
        }
    }

    /// The name, with the number of members when there are several.
    var title: String { members.count > 1 ? "\(name) × \(members.count)" : name }
}
