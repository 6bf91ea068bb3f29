import Inspection
import Observatory

/// One thing that was inspected, as text and as JSON.
struct InspectionReport: Encodable {
    /// Name of the output; absent for a path.
    let output: String?
    let path: String
    let kind: String
    let bytes: Int
    /// What is wrong with it; absent when it is sound.
    let damage: String?
    private let facts: any InspectedThing

    init(_ thing: any InspectedThing, at place: InspectedPlace, output: String?) {
        self.output = output
        path = place.path
        kind = type(of: thing).kind
        bytes = place.bytes
        damage = thing.damage
        facts = thing
    }

    /// A heading and the facts, without characters that would move a terminal's cursor: names in damaged files hold any.
    var lines: [String] {
        let name = output.map { $0 == kind ? "" : "\($0): " } ?? ""
        return (["\(name)\(kind), \(HumanText.bytes(bytes)), \(path)", ""] + facts.lines).map { line in
            guard line.unicodeScalars.contains(where: Self.isControl) else { return line }
            return String(line.unicodeScalars.map { Self.isControl($0) ? "�" : Character($0) })
        }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .control }

    private enum CodingKeys: String, CodingKey { case output, path, kind, bytes, damage, facts }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(output, forKey: .output)
        try container.encode(path, forKey: .path)
        try container.encode(kind, forKey: .kind)
        try container.encode(bytes, forKey: .bytes)
        try container.encodeIfPresent(damage, forKey: .damage)
        try facts.encode(to: container.superEncoder(forKey: .facts))
    }
}
