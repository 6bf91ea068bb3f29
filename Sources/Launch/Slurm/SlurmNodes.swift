import Foundation

/// The nodes of the Slurm allocation this process is in, with the ranks each takes and whether it can be used now.
package struct SlurmNodes: Hashable, Sendable {
    package struct Node: Hashable, Sendable {
        package let name: String
        package let slots: Int
        package var isUsable = true
    }

    package private(set) var nodes: [Node]

    /// `nil` outside of an allocation, or when Slurm does not say which nodes it has.
    static func allocated(environment: [String: String]) -> SlurmNodes? {
        guard let list = environment["SLURM_JOB_NODELIST"], let names = hostNames(list) else { return nil }
        var found = SlurmNodes(names: names, tasksPerNode: environment["SLURM_TASKS_PER_NODE"] ?? "1")
        if let id = environment["SLURM_JOB_ID"], let kept = nodeList(ofJob: id) { found.keep(kept) }
        if let answer = try? SlurmTools.call("sinfo", ["-h", "-N", "-n", list, "-o", "%N|%T"]), answer.code == 0 {
            found.mark(states: answer.output)
        }
        return found
    }

    /// - Parameter tasksPerNode: in Slurm's short form, such as `2(x3),1`.
    package init(names: [String], tasksPerNode: String) {
        var slots: [Int] = []
        for part in tasksPerNode.split(separator: ",") {
            let pieces = part.split(separator: "(")
            let count = pieces.first.flatMap { Int($0) } ?? 1
            let times = pieces.count > 1 ? Int(pieces[1].drop { $0 == "x" }.prefix { $0.isNumber }) ?? 1 : 1
            slots += Array(repeating: max(1, count), count: min(times, names.count))
        }
        nodes = names.enumerated().map { Node(name: $1, slots: $0 < slots.count ? slots[$0] : slots.last ?? 1) }
    }

    private static func hostNames(_ list: String) -> [String]? {
        guard let answer = try? SlurmTools.call("scontrol", ["show", "hostnames", list]), answer.code == 0 else {
            return nil
        }
        return answer.output.split(separator: "\n").map(String.init)
    }

    /// The nodes that Slurm still counts to a job: one that was down is not, also when it is up again.
    private static func nodeList(ofJob id: String) -> Set<String>? {
        guard let answer = try? SlurmTools.call("scontrol", ["show", "job", id, "-o"]), answer.code == 0 else {
            return nil
        }
        let list = answer.output.split(separator: " ").first { $0.hasPrefix("NodeList=") }?.dropFirst(9)
        return list.flatMap { hostNames(String($0)) }.map(Set.init)
    }

    /// Leaves out what is not among `names`.
    package mutating func keep(_ names: Set<String>) {
        for position in nodes.indices where !names.contains(nodes[position].name) { nodes[position].isUsable = false }
    }

    /// Takes note of `name|state` lines; a controller that says nothing of a node leaves it usable.
    package mutating func mark(states: String) {
        for line in states.split(separator: "\n") {
            let parts = line.split(separator: "|")
            guard parts.count == 2, let position = nodes.firstIndex(where: { $0.name == parts[0] }) else { continue }
            if Self.isLost(String(parts[1])) { nodes[position].isUsable = false }
        }
    }

    /// States of nodes that run nothing any more; `*` means that the node does not answer.
    private static func isLost(_ state: String) -> Bool {
        state.hasSuffix("*")
            || ["down", "fail", "drained", "error", "unknown", "powered", "powering_down"].contains {
                state.hasPrefix($0)
            }
    }

    /// Leaves out nodes that failed again and again, as long as others are left.
    package mutating func avoid(_ names: Set<String>) {
        guard nodes.contains(where: { $0.isUsable && !names.contains($0.name) }) else { return }
        for position in nodes.indices where names.contains(nodes[position].name) { nodes[position].isUsable = false }
    }

    /// Whether every node can be used.
    package var isComplete: Bool { nodes.allSatisfy(\.isUsable) }
    package var slots: Int { nodes.reduce(0) { $0 + ($1.isUsable ? $1.slots : 0) } }
    /// For `mpirun --host`.
    package var hostList: String { nodes.filter(\.isUsable).map { "\($0.name):\($0.slots)" }.joined(separator: ",") }
    package var lostNames: [String] { nodes.filter { !$0.isUsable }.map(\.name) }
}
