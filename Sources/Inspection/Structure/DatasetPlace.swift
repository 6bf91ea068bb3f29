import HDF5

/// A dataset's place in a file, with what decides how it is looked at.
struct DatasetPlace {
    /// Absolute path.
    let path: String
    let shape: [Int]
    let element: HDF5ElementType

    /// The path with the last number of every group's name as `#`: what `/episode_0/qpos` and `/episode_7/qpos` share.
    var pattern: String {
        let parts = path.split(separator: "/").map(String.init)
        let groups = parts.dropLast().map { NamePattern($0).text }
        return (groups + parts.suffix(1)).joined(separator: "/")
    }

    /// Whether channels stand before rows and columns: `[N, C, H, W]` with 1, 3 or 4 channels, at least 8 pixels a side.
    var isChannelFirst: Bool {
        shape.count == 4 && [1, 3, 4].contains(shape[1]) && shape[2] >= 8 && shape[3] >= 8
            && element == .integer(bytes: 1, signed: false)
    }

    /// Pictures of 8 bits a channel: `[N, H, W]` or `[N, H, W, C]` with 1, 3 or 4 channels, at least 4 pixels a side, or
    /// channels first; or one compressed picture a row, `[N, bytes]`.
    var isPictures: Bool {
        guard element == .integer(bytes: 1, signed: false), shape.first != 0 else { return false }
        switch shape.count {
        case 4 where isChannelFirst: return true
        case 4: return [1, 3, 4].contains(shape[3]) && shape[1] >= 4 && shape[2] >= 4
        case 3: return shape[1] >= 4 && shape[2] >= 4
        case 2: return shape[1] >= 512
        default: return false
        }
    }

    /// Every dataset that can be opened, in the order of paths.
    static func all(in file: HDF5File) -> [DatasetPlace] {
        var found: [DatasetPlace] = []
        func walk(_ group: HDF5Group, _ prefix: String, _ above: [HDF5Identity]) {
            guard above.count < 32, !above.contains(group.identity) else { return }
            for name in group.names {
                switch group.kind(of: name) {
                case .group:
                    if let member = try? group.group(name) {
                        walk(member, prefix + name + "/", above + [group.identity])
                    }
                case .dataset:
                    guard let dataset = try? group.dataset(name) else { continue }
                    found.append(DatasetPlace(path: prefix + name, shape: dataset.shape, element: dataset.element))
                default: continue
                }
            }
        }
        walk(file.root, "/", [])
        return found
    }
}
