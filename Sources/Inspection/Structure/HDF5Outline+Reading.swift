public import HDF5

extension HDF5Outline {
    /// Groups deeper than this are not entered.
    private static let depthLimit = 32

    /// The outline of a whole file, from its root.
    ///
    /// Objects that cannot be read are in it with a remark; links that run in a circle are not followed.
    ///
    /// - Parameter folding: whether siblings that are alike stand in one line.
    public static func read(_ file: HDF5File, folding: Bool = true) -> HDF5Outline {
        group(file.root, name: "/", above: [], folding: folding)
    }

    private static func group(_ group: HDF5Group, name: String, above: [HDF5Identity], folding: Bool) -> HDF5Outline {
        guard !above.contains(group.identity) else { return other(name, "a link back to a group above") }
        guard above.count < depthLimit else { return other(name, "deeper than \(depthLimit) groups") }
        var node = HDF5Outline(name: name, kind: .group)
        node.attributes = attributes(group.attributes)
        let children = group.names.map {
            member($0, of: group, above: above + [group.identity], folding: folding)
        }
        node.children = folding ? folded(children) : children
        node.storedBytes = node.children.reduce(0) { $0 + $1.storedBytes }
        node.rawBytes = node.children.reduce(0) { $0.addingReportingOverflow($1.rawBytes).partialValue }
        node.sign()
        return node
    }

    private static func member(_ name: String, of group: HDF5Group, above: [HDF5Identity], folding: Bool)
        -> HDF5Outline
    {
        do {
            switch group.kind(of: name) {
            case .group: return self.group(try group.group(name), name: name, above: above, folding: folding)
            case .dataset: return dataset(try group.dataset(name), name: name)
            case .other, nil:
                return other(
                    name,
                    group.refusal(of: name)
                        ?? "cannot be opened: a link that leads nowhere, a named type, or written by a newer HDF5")
            }
        } catch {
            return other(name, reason(error))
        }
    }

    private static func dataset(_ dataset: HDF5Dataset, name: String) -> HDF5Outline {
        var node = HDF5Outline(name: name, kind: .dataset)
        node.shape = dataset.shape
        node.largestShape = dataset.shape
        node.element = dataset.element.description
        node.chunk = dataset.chunkShape
        node.largestChunk = dataset.chunkShape
        node.filters = [dataset.filters.isEmpty ? "none" : dataset.filters.joined(separator: "+")]
        node.storedBytes = max(0, dataset.storedBytes)
        do {
            node.rawBytes = try dataset.count() * dataset.element.bytes
        } catch {
            node.remark = error.message
        }
        node.attributes = attributes(dataset.attributes)
        node.sign()
        return node
    }

    private static func other(_ name: String, _ remark: String) -> HDF5Outline {
        var node = HDF5Outline(name: name, kind: .other)
        node.remark = remark
        node.sign()
        return node
    }

    private static func attributes(_ attributes: HDF5Attributes) -> [AttributeOutline] {
        attributes.names.compactMap { name in
            attributes[name].map { AttributeOutline(name: name, value: $0) }
        }
    }

    private static func reason(_ error: any Error) -> String { (error as? HDF5Error)?.message ?? "\(error)" }
}
