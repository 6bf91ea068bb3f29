import Synchronization

/// Names and places of the fields of one kind, found by reflection once: a `Mirror` per placed unit made planning of
/// 10,000 units four times slower.
final class KindLayout: Sendable {
    let names: [String]
    let descriptions: [FieldDescription]
    /// The fields a call can name.
    let callFields: [FieldDescription]
    /// The fields that read other units.
    let inputs: [FieldDescription]
    /// The fields that name files.
    let sources: [FieldDescription]
    /// Byte offset of each box's reference inside the kind; `nil` when reflection has to be asked each time.
    private let offsets: [Int]?

    private static let known = Mutex<[ObjectIdentifier: KindLayout]>([:])

    /// The layout of a kind.
    static func of(_ type: any UnitKind.Type) -> KindLayout {
        if let layout = known.withLock({ $0[ObjectIdentifier(type)] }) { return layout }
        let layout = KindLayout(reflecting: type.init())
        return known.withLock { table in
            if let other = table[ObjectIdentifier(type)] { return other }
            table[ObjectIdentifier(type)] = layout
            return layout
        }
    }

    private init<Kind: UnitKind>(reflecting kind: Kind) {
        let fields = Self.reflect(kind)
        names = fields.map(\.name)
        descriptions = fields.map { name, box in
            FieldDescription(
                name: name, isUnlabelled: box.attributes.label == .unlabelled,
                isHidden: box.attributes.label == .hidden, role: box.role, type: box.type,
                defaultValue: box.defaultValue, help: box.attributes.help,
                bounds: box.attributes.bounds)
        }
        callFields = descriptions.filter { !$0.isHidden }
        inputs = descriptions.filter { $0.role == .input }
        sources = descriptions.filter { $0.role == .source }
        let guessed = Self.offsets(in: kind)
        // A layout is believed only when every reference is found where it was computed to be.
        let found = guessed.map { Self.pointers(in: kind, at: $0) }
        let expected = fields.map { Unmanaged.passUnretained($0.box).toOpaque() }
        offsets = found == expected.map { UnsafeRawPointer($0) } ? guessed : nil
    }

    /// The boxes of an instance, in the order of ``names``.
    func boxes(of kind: any UnitKind) -> [FieldBox] {
        func read<Kind: UnitKind>(_ kind: Kind) -> [FieldBox] {
            guard let offsets else { return Self.reflect(kind).map(\.box) }
            return withExtendedLifetime(kind) {
                Self.pointers(in: kind, at: offsets).map { Unmanaged<FieldBox>.fromOpaque($0).takeUnretainedValue() }
            }
        }
        return read(kind)
    }

    private static func reflect(_ kind: some UnitKind) -> [(name: String, box: FieldBox)] {
        Mirror(reflecting: kind).children.compactMap { child in
            guard let label = child.label, let field = child.value as? any RecipeField else { return nil }
            return (label.hasPrefix("_") ? String(label.dropFirst()) : label, field.box)
        }
    }

    private static func pointers(in kind: some UnitKind, at offsets: [Int]) -> [UnsafeRawPointer] {
        withUnsafeBytes(of: kind) { bytes in
            offsets.map { bytes.load(fromByteOffset: $0, as: UnsafeRawPointer.self) }
        }
    }

    /// Where Swift lays out the fields of a struct: in order, each at the next multiple of its alignment.
    private static func offsets<Kind: UnitKind>(in kind: Kind) -> [Int]? {
        let mirror = Mirror(reflecting: kind)
        guard mirror.displayStyle == .struct else { return nil }
        var offsets: [Int] = []
        var end = 0
        for child in mirror.children {
            func measure<Field>(_ field: Field) -> (size: Int, alignment: Int) {
                (MemoryLayout<Field>.size, MemoryLayout<Field>.alignment)
            }
            let (size, alignment) = _openExistential(child.value, do: measure)
            let start = (end + alignment - 1) / alignment * alignment
            end = start + size
            if child.value is any RecipeField {
                guard size == MemoryLayout<UnsafeRawPointer>.size, end <= MemoryLayout<Kind>.size else { return nil }
                offsets.append(start)
            }
        }
        return offsets
    }
}
