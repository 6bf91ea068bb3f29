import Foundation
import TestSupport
import Testing

/// What `Documentation/BringYourOwnData.md` shows works as it stands, on a layout that no reader knows.
@Suite("Bring your own data", .enabled(if: Workplace.isBuilt, "the executable has not been built"))
struct OwnDataTests {
    /// The page's blocks of one language, in order.
    private func blocks(_ language: String) throws -> [String] {
        let page = try String(
            contentsOfFile: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appendingPathComponent("Documentation/BringYourOwnData.md").path,
            encoding: .utf8)
        return page.components(separatedBy: "```\(language)\n").dropFirst().compactMap {
            $0.components(separatedBy: "\n```").first
        }
    }

    @Test func `the commands of the page run`() throws {
        let place = try Workplace()
        try FileManager.default.copyItem(
            atPath: Fixtures.path("strange_groups.hdf5"), toPath: place.folder + "/mine.hdf5")
        try place.write(try #require(try blocks("swift").first), to: "mine.swift")
        let commands = try blocks("sh").flatMap { $0.split(separator: "\n").map(String.init) }
        #expect(commands.count >= 5)
        for command in commands {
            let words = command.split(separator: " ").map(String.init)
            #expect(words.first == "orchestrate")
            let result = try place.run([Programs.path("orchestrate")] + words.dropFirst())
            #expect(result.status == 0, "\(command): \(result)")
        }
        #expect(FileManager.default.fileExists(atPath: place.folder + "/frames.png"))
    }

    @Test(
        "the mapping that inspect guesses can be pasted into a recipe",
        arguments: ["strange_groups.hdf5", "strange_flat.hdf5"])
    func guess(name: String) throws {
        let place = try Workplace()
        try FileManager.default.copyItem(atPath: Fixtures.path(name), toPath: place.folder + "/mine.hdf5")
        let seen = try place("inspect", "mine.hdf5", "--no-ranges")
        #expect(seen.status == 0)
        let lines = seen.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let start = try #require(lines.firstIndex { $0.hasSuffix("Ingest(") })
        let end = try #require(lines[start...].firstIndex { $0.hasSuffix("])") })
        for word in name.contains("groups") ? [".groups(\"runs\")", "another clock"] : [".ends(\"meta/episode_ends\")"]
        {
            #expect(lines[start...end].contains { $0.contains(word) }, "\(seen.output)")
        }
        try place.write(
            """
            let recipe = Recipe("guess") {
                let demos = \(lines[start...end].joined(separator: "\n"))
                demos
            }
            """, to: "guess.swift")
        let result = try place("run", "guess.swift", "--json")
        #expect(result.status == 0, "\(result)")
        let text = try place("inspect", "demos")
        #expect(text.output.contains("3, 19 steps"), "\(text.output)")
    }
}
