import Foundation
import RecipeLanguage
import Recipes
import Testing
import Units

/// What `Documentation/RecipeLanguage.md` shows is what the reader reads.
@Suite("The page about recipe files")
struct DocumentationTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let line: Int
        let text: String
        let isRefused: Bool
        var testDescription: String { "line \(line)" }
    }

    static let examples: [Example] = {
        let path = ShippedRecipeTests.package + "/Documentation/RecipeLanguage.md"
        guard let page = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        var examples: [Example] = []
        var open: (line: Int, isRefused: Bool, lines: [String])?
        for (number, line) in page.components(separatedBy: "\n").enumerated() {
            if line.hasPrefix("```") {
                if let block = open {
                    let text = block.lines.joined(separator: "\n")
                    examples.append(Example(line: block.line, text: text, isRefused: block.isRefused))
                    open = nil
                } else if line.hasPrefix("```swift") {
                    open = (number + 1, line.hasSuffix("refused"), [])
                } else {
                    // Plain blocks are no Swift; skip to their end.
                    open = (number + 1, false, ["// plain"])
                }
            } else {
                open?.lines.append(line)
            }
        }
        return examples.filter { !$0.text.hasPrefix("// plain") }
    }()

    @Test("has examples of both sorts")
    func exists() {
        #expect(Self.examples.contains { $0.isRefused })
        #expect(Self.examples.count { !$0.isRefused } >= 6)
    }

    @Test("shows what the reader does", arguments: examples)
    func example(example: Example) throws {
        let text =
            example.text.contains("Recipe(") || example.isRefused && example.text.contains("func")
            ? example.text : "let recipe = Recipe(\"example\") {\n\(example.text)\n}"
        let reader = RecipeReader(catalogue: .builtIn)
        if example.isRefused {
            let error = try #require(throws: RecipeError.self) {
                try reader.read(RecipeText(file: "example.swift", content: text))
            }
            #expect("\(error)".contains("needs the Swift compiler"))
            #expect("\(error)".contains("Package.swift"))
        } else {
            do {
                _ = try reader.read(RecipeText(file: "example.swift", content: text))
            } catch {
                Issue.record("\(error)")
            }
        }
    }
}
