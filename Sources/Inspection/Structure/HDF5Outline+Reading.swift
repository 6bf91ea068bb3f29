public import HDF5

extension HDF5Outline {
    /// Groups deeper than this are not entered.
    private static let depthLimit = 32

    /// The outline of a whole file, from its root.
    ///
    /// Objects that cannot be read are in it with a remark; links that run in a circle are not followed.
    ///
    /// - Parameter folding: whether siblings that are alike stand in one line.
    public static func read(_ file: HDF5File, folding: Bool = true) throws -> HDF5Outline {
        let root = try file.root
        return group(root, name: "/", above: [], folding: folding)
    }

    private static func group(_ group: HDF5Group, name: String, above: [HDF5Identity], folding: Bool) -> HDF5Outline {
        var node = HDF5Outline(name: name, kind: .group)
        node.attributes = attributes(group.attributes)
        do {
            let identity = try group.identity()
            guard !above.contains(identity) else { return other(name, "a link back to a group above") }
            guard above.count < depthLimit else { return other(name, "deeper than \(depthLimit) groups") }
            var children: [HDF5Outline] = []
            for child in try group.names() {
                children.append(member(child, of: group, above: above + [identity], folding: folding))
            }
            node.children = folding ? folded(children) : children
        } catch {
            node.remark = reason(error)
        }
        node.storedBytes = node.children.reduce(0) { $0 + $1.storedBytes }
        node.rawBytes = node.children.reduce(0) { $0.addingReportingOverflow($1.rawBytes).partialValue }
        node.sign()
        return node
    }

    private static func member(_ name: String, of group: HDF5Group, above: [HDF5Identity], folding: Bool)
        -> HDF5Outline
    {
        do {
            switch try group.kind(of: name) {
            case .group: return self.group(try group.group(name), name: name, above: above, folding: folding)
            case .dataset: return dataset(try group.dataset(name), name: name)
            case .other, nil:
                return other(
                    name, "cannot be opened: a link that leads nowhere, a named type, or written by a newer HDF5")
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
        guard let names = try? attributes.names() else { return [] }
        return names.map { name in
            do {
                guard let value = try attributes[name] else {
                    return AttributeOutline(name: name, unreadable: "it is gone")
                }
                return AttributeOutline(name: name, value: value)
            } catch {
                return AttributeOutline(name: name, unreadable: reason(error))
            }
        }
    }

    private static func reason(_ error: any Error) -> String { (error as? HDF5Error)?.message ?? "\(error)" }
}
