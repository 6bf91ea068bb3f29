import Determinism
import Ledger

/// The graph of a run as inline SVG: layers from the top, edges that follow from others left out.
///
/// Source: layering by longest paths, ordering by barycentres (Sugiyama, Tagawa, Toda 1981).
struct GraphDrawing {
    private struct Node {
        /// Index of the group; `nil` for a bend of an edge that crosses a layer.
        var group: Int?
        var layer: Int
        var x = 0.0
        var width: Double { group == nil ? 14 : GraphDrawing.nodeWidth }
    }

    private static let nodeWidth = 172.0
    private static let nodeHeight = 46.0
    private static let layerHeight = 84.0
    private static let gap = 18.0

    private let units: [UnitOutcome]
    private let groups: [UnitGroup]
    private var nodes: [Node] = []
    /// Between neighbouring layers, upper first.
    private var links: [(from: Int, to: Int)] = []
    private var layers: [[Int]] = []

    /// Lays out a run; many shards of one call become one node.
    init(_ summary: RunSummary, limit: Int = 28) {
        units = summary.units
        groups = UnitGroup.groups(of: summary.units, limit: limit)
        var owner: [Digest: Int] = [:]
        for (index, group) in groups.enumerated() { for member in group.members { owner[units[member].key] = index } }
        var parents = groups.enumerated().map { index, group in
            Set(group.members.flatMap { units[$0].parents.compactMap { owner[$0] } }).subtracting([index])
        }
        Self.breakCycles(&parents)
        Self.reduce(&parents)
        place(parents)
        order()
        spread()
    }

    /// Groups can form a cycle even though units cannot; an edge to a later group is then left out.
    private static func breakCycles(_ parents: inout [Set<Int>]) {
        for index in parents.indices { parents[index] = parents[index].filter { $0 < index } }
    }

    /// Removes parents that are ancestors of other parents.
    private static func reduce(_ parents: inout [Set<Int>]) {
        var ancestors: [Set<Int>] = []
        for index in parents.indices {
            var all: Set<Int> = []
            for parent in parents[index] { all.formUnion(ancestors[parent]) }
            parents[index].subtract(all)
            ancestors.append(all.union(parents[index]))
        }
    }

    private mutating func place(_ parents: [Set<Int>]) {
        for index in groups.indices {
            let layer = (parents[index].map { nodes[$0].layer }.max() ?? -1) + 1
            nodes.append(Node(group: index, layer: layer))
        }
        for index in groups.indices {
            for parent in parents[index].sorted() {
                var upper = parent
                for layer in nodes[parent].layer + 1..<max(nodes[parent].layer + 1, nodes[index].layer) {
                    nodes.append(Node(group: nil, layer: layer))
                    links.append((upper, nodes.count - 1))
                    upper = nodes.count - 1
                }
                links.append((upper, index))
            }
        }
        layers = [[Int]](repeating: [], count: (nodes.map(\.layer).max() ?? -1) + 1)
        for index in nodes.indices { layers[nodes[index].layer].append(index) }
    }

    private mutating func order() {
        var upper = [[Int]](repeating: [], count: nodes.count)
        var lower = upper
        for link in links {
            upper[link.to].append(link.from)
            lower[link.from].append(link.to)
        }
        for sweep in 0..<8 {
            let down = sweep % 2 == 0
            for layer in down ? Array(layers.indices) : layers.indices.reversed() {
                var position = [Double](repeating: 0, count: nodes.count)
                for other in layers { for (index, node) in other.enumerated() { position[node] = Double(index) } }
                func center(_ node: Int) -> Double {
                    let neighbours = down ? upper[node] : lower[node]
                    guard !neighbours.isEmpty else { return position[node] }
                    return neighbours.reduce(0) { $0 + position[$1] } / Double(neighbours.count)
                }
                layers[layer] = layers[layer].map { ($0, center($0)) }
                    .sorted { ($0.1, position[$0.0]) < ($1.1, position[$1.0]) }.map(\.0)
            }
        }
        for layer in layers {
            var x = 0.0
            for node in layer {
                nodes[node].x = x
                x += nodes[node].width + Self.gap
            }
            for node in layer { nodes[node].x -= (x - Self.gap) / 2 }
        }
        for sweep in 0..<12 {
            settle(sweep % 2 == 0 ? upper : lower, layers: sweep % 2 == 0 ? layers : layers.reversed())
        }
    }

    /// Moves nodes towards the middle of their neighbours without changing the order.
    private mutating func settle(_ neighbours: [[Int]], layers: [[Int]]) {
        for layer in layers {
            var wanted = layer.map { node -> Double in
                let others = neighbours[node]
                let own = nodes[node].x + nodes[node].width / 2
                guard !others.isEmpty else { return own }
                return others.reduce(0) { $0 + nodes[$1].x + nodes[$1].width / 2 } / Double(others.count)
            }
            for index in layer.indices { wanted[index] -= nodes[layer[index]].width / 2 }
            var right = wanted
            for index in layer.indices.dropFirst() {
                right[index] = max(right[index], right[index - 1] + nodes[layer[index - 1]].width + Self.gap)
            }
            var left = wanted
            for index in layer.indices.dropLast().reversed() {
                left[index] = min(left[index], left[index + 1] - nodes[layer[index]].width - Self.gap)
            }
            for index in layer.indices { nodes[layer[index]].x = (left[index] + right[index]) / 2 }
        }
    }

    private mutating func spread() {
        let least = nodes.map(\.x).min() ?? 0
        for index in nodes.indices { nodes[index].x += Self.gap / 2 - least }
    }

    var svg: HTML {
        guard !groups.isEmpty else { return "" }
        let width = (nodes.map { $0.x + $0.width }.max() ?? 0) + Self.gap / 2
        let height = Double(layers.count) * Self.layerHeight - (Self.layerHeight - Self.nodeHeight) + 12
        func top(_ node: Node) -> Double { Double(node.layer) * Self.layerHeight + 6 }
        var parts: [HTML] = []
        for link in links {
            let (from, to) = (nodes[link.from], nodes[link.to])
            let (x1, y1) = (
                from.x + from.width / 2, top(from) + (from.group == nil ? Self.nodeHeight : Self.nodeHeight)
            )
            let (x2, y2) = (to.x + to.width / 2, top(to))
            let middle = (y1 + y2) / 2
            parts.append("<path class=\"edge\" d=\"M\(x1),\(y1) C\(x1),\(middle) \(x2),\(middle) \(x2),\(y2)\"/>")
            if to.group == nil { parts.append("<path class=\"edge\" d=\"M\(x2),\(y2) V\(y2 + Self.nodeHeight)\"/>") }
        }
        for node in nodes {
            guard let index = node.group else { continue }
            let group = groups[index]
            let members = group.members.map { units[$0] }
            let state = Self.state(members)
            let seconds = members.compactMap(\.seconds).reduce(0, +)
            let time = state == .reused ? "reused" : seconds > 0 ? HumanText.duration(seconds) : state.rawValue
            let full = "\(group.title): \(group.kind), \(state.rawValue)"
            parts.append(
                """
                <g class="node \(state.rawValue)"><title>\(full)</title>\
                <rect x="\(node.x)" y="\(top(node))" width="\(Self.nodeWidth)" height="\(Self.nodeHeight)" rx="7"/>\
                <text class="name" x="\(node.x + 10)" y="\(top(node) + 19)">\(HumanText.cut(group.title, 24))</text>\
                <text class="kind" x="\(node.x + 10)" y="\(top(node) + 36)">\(HumanText.cut(group.kind, 18))</text>\
                <text class="kind" x="\(node.x + Self.nodeWidth - 10)" y="\(top(node) + 36)" text-anchor="end">\(time)</text></g>
                """)
        }
        return """
            <div class="scroll"><svg class="graph" viewBox="0 0 \(width) \(height)" \
            style="max-width:\(Int(width))px;min-width:\(Int(min(width, 720)))px" role="img">\
            <title>Graph of units</title>\(HTML.join(parts))</svg></div>
            """
    }

    private static func state(_ units: [UnitOutcome]) -> UnitState {
        for state in [UnitState.failed, .running, .skipped, .pending, .ran]
        where units.contains(where: { $0.state == state }) {
            return state
        }
        return .reused
    }
}
