extension HDF5Outline {
    /// Siblings that are alike are folded from this many on.
    private static let leastFolded = 3
    /// With more siblings than this, names need not resemble each other to be folded.
    private static let crowd = 24

    /// `nodes`, siblings in order, with those that are alike in one line each, at the place of their first.
    ///
    /// Alike means: names that differ in one number, the same kinds and types, and members that are alike in turn.
    static func folded(_ nodes: [HDF5Outline]) -> [HDF5Outline] {
        struct Alike: Hashable {
            let pattern: NamePattern
            let signature: String
        }
        let byName = fold(nodes) { node in
            let pattern = NamePattern(node.name)
            return pattern.hasNumber ? Alike(pattern: pattern, signature: node.signature) : nil
        }
        guard byName.count > crowd else { return byName }
        // Names such as hashes and dates: what is alike in structure is folded.
        return fold(byName) { $0.isFolded ? nil : $0.signature }
    }

    private static func fold<Key: Hashable>(_ nodes: [HDF5Outline], by key: (HDF5Outline) -> Key?) -> [HDF5Outline] {
        var counts: [Key: Int] = [:]
        let keys = nodes.map(key)
        for case let key? in keys { counts[key, default: 0] += 1 }
        var places: [Key: Int] = [:]
        var result: [HDF5Outline] = []
        for (node, key) in zip(nodes, keys) {
            guard let key, counts[key, default: 0] >= leastFolded else {
                result.append(node)
                continue
            }
            if let place = places[key] {
                result[place].lastName = node.lastName
                result[place].siblings += node.siblings
                result[place].mostSiblings += node.mostSiblings
                result[place].merge(node)
            } else {
                places[key] = result.count
                result.append(node)
            }
        }
        return result
    }

    /// Takes in shapes, bytes, attributes and children of a node with the same signature.
    private mutating func merge(_ other: HDF5Outline) {
        shape = zip(shape, other.shape).map(min)
        largestShape = zip(largestShape, other.largestShape).map(max)
        if let theirs = other.chunk, let theirLargest = other.largestChunk {
            chunk = chunk.map { zip($0, theirs).map(min) } ?? theirs
            largestChunk = largestChunk.map { zip($0, theirLargest).map(max) } ?? theirLargest
        }
        for filter in other.filters where !filters.contains(filter) { filters.append(filter) }
        storedBytes += other.storedBytes
        rawBytes += other.rawBytes
        for attribute in other.attributes {
            if let place = attributes.firstIndex(where: { $0.name == attribute.name }) {
                attributes[place].merge(attribute)
            } else {
                attributes.append(attribute)
            }
        }
        for (place, child) in other.children.enumerated() where place < children.count {
            if child.mostSiblings > children[place].mostSiblings { children[place].lastName = child.lastName }
            children[place].siblings = min(children[place].siblings, child.siblings)
            children[place].mostSiblings = max(children[place].mostSiblings, child.mostSiblings)
            children[place].merge(child)
        }
    }
}
