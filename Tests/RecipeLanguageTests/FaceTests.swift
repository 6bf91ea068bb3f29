import Determinism
import Foundation
import RecipeLanguage
import Recipes
import SwiftParser
import SwiftSyntax
import Testing
import Units

/// Every kind's function in Swift has the labels, order, types and defaults of the kind's fields.
@Suite("Swift faces of the built-in kinds")
struct FaceTests {
    struct Argument: Hashable, CustomStringConvertible {
        let label: String
        let type: String
        let standard: String
        var description: String { "\(label): \(type) = \(standard)" }
    }

    /// Arguments of the public functions in `Sources/Units`, by name.
    static let faces: [String: (arguments: [Argument], result: String)] = {
        let folder = ShippedRecipeTests.package + "/Sources/Units"
        var found: [String: (arguments: [Argument], result: String)] = [:]
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for file in files.sorted() where file.hasSuffix(".swift") {
            guard let text = try? String(contentsOfFile: folder + "/" + file, encoding: .utf8) else { continue }
            for item in Parser.parse(source: text).statements {
                guard let function = item.item.as(FunctionDeclSyntax.self) else { continue }
                let arguments = function.signature.parameterClause.parameters.map { parameter in
                    Argument(
                        label: parameter.firstName.text, type: parameter.type.trimmedDescription,
                        standard: parameter.defaultValue.map { normalized($0.value.trimmedDescription) } ?? "required")
                }
                let result = function.signature.returnClause?.type.trimmedDescription ?? "Void"
                found[function.name.text] = (arguments, result)
            }
        }
        return found
    }()

    /// One spelling for each value: numbers by value, sizes and spans in their base unit.
    static func normalized(_ text: String) -> String {
        let plain = text.replacingOccurrences(of: "_", with: "").replacingOccurrences(of: " ", with: "")
        if let number = Double(plain) { return "\(number)" }
        for (opening, unit) in [("ByteCount(", "bytes"), ("TimeSpan(seconds:", "seconds")]
        where plain.hasPrefix(opening) {
            let inner = plain.dropFirst(opening.count).dropLast()
            if let shift = inner.range(of: "<<"), let base = Int(inner[..<shift.lowerBound]),
                let bits = Int(inner[shift.upperBound...])
            {
                return "\(base << bits).0\(unit)"
            }
            return "\(Double(inner) ?? .nan)\(unit)"
        }
        let factors: [(String, Double, String)] = [
            (".bytes", 1, "bytes"), (".kibibytes", 1024, "bytes"), (".mebibytes", 1_048_576, "bytes"),
            (".gibibytes", 1_073_741_824, "bytes"), (".seconds", 1, "seconds"), (".minutes", 60, "seconds"),
            (".hours", 3600, "seconds"),
        ]
        for (suffix, factor, unit) in factors where plain.hasSuffix(suffix) {
            if let number = Double(plain.dropLast(suffix.count)) { return "\(number * factor)\(unit)" }
        }
        if plain.hasPrefix("["), plain.hasSuffix("]"), plain != "[:]", !plain.contains(":") {
            let elements = plain.dropFirst().dropLast().split(separator: ",").map { normalized(String($0)) }
            return "[" + elements.joined(separator: ",") + "]"
        }
        return plain
    }

    static let names = Catalogue.builtIn.callableNames

    @Test("have the fields' labels, types and defaults", arguments: names)
    func faces(name: String) throws {
        let kind = try #require(Catalogue.builtIn[name])
        let face = try #require(Self.faces[name], "Sources/Units has no function \(name)")
        let declared = kind.callFields.map { field in
            Argument(
                label: field.isUnlabelled ? "_" : field.name, type: "\(field.type)",
                standard: field.defaultValue.map { Self.normalized(field.type.swiftText($0)) } ?? "required")
        }
        #expect(face.arguments == declared)
        #expect(face.result == kind.resultType.name)
    }

    @Test("every field says what it is for", arguments: names)
    func help(name: String) throws {
        let kind = try #require(Catalogue.builtIn[name])
        for field in kind.fields { #expect(field.help.hasSuffix("."), "\(name).\(field.name): '\(field.help)'") }
        #expect(kind.description.summary.hasSuffix("."))
    }
}
