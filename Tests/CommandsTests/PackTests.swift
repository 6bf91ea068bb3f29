import Foundation
import TestSupport
import Testing

/// Runs that move from one machine's store to another's.
@Suite("Packed runs", .enabled(if: Workplace.isBuilt, "the executable has not been built"))
struct PackTests {
    /// A finished run called `tides`, with a unit that shares its parent's bytes with another (early cut-off) and a large output.
    ///
    /// - Parameter data: the file it reads, which is written.
    private func recorded(data: String = "tide.txt") throws -> Workplace {
        let place = try Workplace()
        let path = data.hasPrefix("/") ? data : place.folder + "/" + data
        try "ebb\nflood\n".write(toFile: path, atomically: true, encoding: .utf8)
        try place.write(
            #"""
            let recipe = Recipe("tides") {
                let tide = Command(["cat", "\#(data)"], standardOutput: "tide.txt")
                let same = Command(["cat", "\#(data)"], standardOutput: "tide.txt", environment: ["X": "1"])
                let first = Command(["sh", "-c", "wc -l < {input:in}"], inputs: ["in": tide], standardOutput: "n")
                let second = Command(["sh", "-c", "wc -l < {input:in}"], inputs: ["in": same], standardOutput: "n")
                let large = Command(["sh", "-c", "cat {input:in}; head -c 100000 /dev/zero"], inputs: ["in": tide], standardOutput: "l")
                first
                second
                large
            }
            """#, to: "tides.swift")
        let result = try place("run", "tides.swift", "--name", "tides", "--json")
        #expect(result.status == 0, "\(result)")
        return place
    }

    @Test func `a run goes to another store with its data, and is proved there`() throws {
        let place = try recorded()
        #expect(try place("pack", "tides", "--with", "data", "--output", "a.tar").status == 0)
        #expect(try place("pack", "tides", "--with", "data", "--output", "b.tar").status == 0)
        let same = try place.run(["/usr/bin/cmp", "a.tar", "b.tar"])
        #expect(same.status == 0, "the same run gives other bytes: \(same)")
        let other = try Workplace()
        let archive = place.folder + "/a.tar"
        let unpacked = try other("unpack", archive, "--json")
        #expect(unpacked.status == 0, "\(unpacked)")
        #expect(try Workplace.object(unpacked)["run"] as? String == "tides")
        let states = try Workplace.states(Workplace.object(other("status", "tides", "--json")))
        #expect(states.count == 5 && states.values.allSatisfy { $0 == "ran" || $0 == "reused" }, "\(states)")
        let path = try other("artifact", "tides", "first").output.trimmingCharacters(in: .whitespacesAndNewlines)
        let lines = try String(contentsOfFile: path, encoding: .utf8)
        #expect(path.hasPrefix(other.folder) && lines.hasPrefix("2\n"))
        // The data is found by its digest, wherever it was before.
        try FileManager.default.removeItem(atPath: place.folder + "/tide.txt")
        let verified = try other("verify", "tides")
        #expect(verified.status == 0, "\(verified)")
        // What came is kept, and gone on from.
        let collected = try Workplace.object(other("gc", "--json"))
        #expect((collected["artifacts"] as? [Any])?.isEmpty == true, "\(collected)")
        try other.write("ebb\nflood\n", to: "tide.txt")
        let recipe = try String(contentsOfFile: place.folder + "/tides.swift", encoding: .utf8)
        try other.write(recipe, to: "tides.swift")
        let again = try Workplace.states(Workplace.object(other("run", "tides.swift", "--json")))
        #expect(again.values.allSatisfy { $0 == "reused" }, "\(again)")
        let clash = try other("unpack", archive)
        #expect(clash.status == 73 && clash.errors.contains("--name"), "\(clash)")
        #expect(try other("unpack", archive, "--name", "tides-2").status == 0)
        #expect(try Workplace.object(other("status", "tides-2", "--json"))["run"] as? String == "tides-2")
    }

    @Test func `verify takes data from where it was moved, and only the same data`() throws {
        // What lies outside of the project stays where it is.
        let data = try Workplace()
        let old = data.folder + "/tide.txt"
        let new = data.folder + "/elsewhere/tide.txt"
        let place = try recorded(data: old)
        try FileManager.default.createDirectory(
            atPath: data.folder + "/elsewhere", withIntermediateDirectories: false)
        try FileManager.default.moveItem(atPath: old, toPath: new)
        let gone = try place("verify", "tides")
        #expect(gone.status == 66 && gone.errors.contains("--data OLD=NEW"), "\(gone)")
        #expect(try place("verify", "tides", "--data", "\(data.folder)=\(data.folder)/elsewhere").status == 0)
        #expect(try place("verify", "tides", "--data", "\(old)=\(new)").status == 0)
        try data.write("flood\n", to: "elsewhere/tide.txt")
        #expect(try place("verify", "tides", "--data", "\(data.folder)=\(data.folder)/elsewhere").status == 65)
        #expect(try place("verify", "tides", "--data", "elsewhere").status == 64)
    }

    @Test func `results alone are less, and say what is missing`() throws {
        let place = try recorded()
        let packed = try Workplace.object(place("pack", "tides", "--with", "results", "--output", "r.tar.gz", "--json"))
        // Of three results two are the same; whether one was cut off depends on which came first.
        #expect((2...3).contains(packed["artifacts"] as? Int ?? 0) && packed["sources"] as? Int == 0, "\(packed)")
        let other = try Workplace()
        #expect(try other("unpack", place.folder + "/r.tar.gz").status == 0)
        #expect(try other("artifact", "tides", "large").status == 0)
        let missing = try other("artifact", "tides", "tide")
        #expect(missing.status == 66 && missing.errors.contains("nothing stored"), "\(missing)")
        #expect(try place("pack", "tides", "--output", "r.tar.gz").status == 73)
    }

    @Test("a damaged archive leaves no run behind", arguments: 0..<24)
    func damage(seed: UInt64) throws {
        let place = try Self.shared.get()
        var random = SplitMix(state: seed)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: place.folder + "/whole.tar"))
        let cuts = seed % 3 == 0
        if cuts {
            bytes = bytes.prefix(Int.random(in: 0..<bytes.count, using: &random))
        } else {
            let position = Int.random(in: 0..<bytes.count, using: &random)
            bytes[position] ^= UInt8(1 << Int.random(in: 0..<8, using: &random))
        }
        let other = try Workplace()
        try bytes.write(to: URL(fileURLWithPath: other.folder + "/hurt.tar"))
        let result = try other("unpack", "hurt.tar")
        // A bit in tar's padding or in a field it does not need changes nothing.
        if result.status == 0 {
            #expect(!cuts || bytes.count > 1024)
            #expect(try other("verify", "tides").status == 0)
        } else {
            #expect(result.status == 65, "\(result)")
            #expect(result.errors.hasPrefix("error: ") || result.errors.contains("error:"), "\(result)")
            let runs = (try? FileManager.default.contentsOfDirectory(atPath: other.folder + "/.orchestrate/runs")) ?? []
            #expect(runs.isEmpty, "\(runs)")
            let staging =
                (try? FileManager.default.contentsOfDirectory(atPath: other.folder + "/.orchestrate/staging")) ?? []
            #expect(staging.isEmpty, "\(staging)")
        }
    }

    private static let shared = Result {
        let place = try PackTests().recorded()
        _ = try place("pack", "tides", "--with", "data", "--output", "whole.tar")
        return place
    }

    @Test func `what is no archive, or leads out of one, is refused`() throws {
        let place = try Workplace()
        try place.write("no archive", to: "text.tar")
        #expect(try place("unpack", "text.tar").status == 65)
        #expect(try place("unpack", "nowhere.tar").status == 66)
        for (script, word) in [
            ("mkdir run; echo '{}' > x; tar -cf t.tar run x", "archive.json"),
            ("ln -s /etc/passwd archive.json; tar -cf t.tar archive.json", "neither a file nor a folder"),
            (#"echo '{"schema":9}' > archive.json; tar -cf t.tar archive.json"#, "schema 9"),
            (
                #"echo '{"schema":1,"run":"../../x","recipe":"x","contents":"data","artifacts":[],"aliases":[],"missing":[],"sources":[],"files":[]}' > archive.json; tar -cf t.tar archive.json"#,
                "outside"
            ),
        ] {
            let folder = try TemporaryDirectory()
            _ = try Programs.run(["/bin/sh", "-c", script], environment: [:], directory: folder.path)
            let result = try place("unpack", folder.path + "/t.tar")
            #expect(result.status == 65 && result.errors.contains(word), "\(word): \(result)")
        }
        #expect(!FileManager.default.fileExists(atPath: place.folder + "/x"))
    }
}
