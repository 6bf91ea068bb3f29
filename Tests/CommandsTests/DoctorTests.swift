import Commands
import Foundation
import TestSupport
import Testing

@Suite("doctor", .serialized, .enabled(if: Workplace.isBuilt, "the executable has not been built"))
struct DoctorTests {
    /// Findings by subject.
    private func findings(_ result: Workplace.Result) throws -> [String: [String: String]] {
        let list = try #require(try Workplace.object(result)["findings"] as? [[String: String]])
        return Dictionary(list.map { ($0["subject"] ?? "", $0) }, uniquingKeysWith: { first, _ in first })
    }

    @Test(.enabled(if: Programs.hasMPI, "mpirun is not installed"))
    func `on a machine that can run everything nothing is broken`() throws {
        let place = try Workplace()
        let result = try place("doctor")
        #expect(result.status == 0 && !result.output.contains("BAD   "), "\(result.output)")
        let findings = try findings(place("doctor", "--json"))
        for subject in [
            "mpirun", "MPI library", "HDF5 library", "CPU kernels", "store", "locks", "free space", "Slurm",
        ] {
            #expect(findings[subject] != nil, "\(subject) is missing in \(findings.keys.sorted())")
        }
        #expect(findings["MPI library"]?["detail"]?.contains("libmpi.so") == true)
        #expect(findings["HDF5 library"]?["detail"]?.contains("libhdf5") == true)
        #expect(findings["HDF5 library"]?["detail"]?.first?.isNumber == true)
        #expect(!FileManager.default.fileExists(atPath: place.folder + "/.orchestrate"))
    }

    @Test func `the kernels that will be used are shown, and a wrong choice is BAD`() throws {
        let place = try Workplace()
        let scalar = try findings(place("doctor", "--json", environment: ["ORCHESTRATE_KERNELS": "scalar"]))
        #expect(scalar["CPU kernels"]?["detail"]?.hasPrefix("scalar, set by ORCHESTRATE_KERNELS") == true)
        let wrong = try place("doctor", environment: ["ORCHESTRATE_KERNELS": "abacus"])
        #expect(wrong.status == 1 && wrong.output.contains("BAD   CPU kernels: "), "\(wrong.output)")
    }

    @Test func `a store that cannot be written is BAD, with a remedy`() throws {
        let place = try Workplace()
        try place.write("in the way", to: "file")
        for store in ["file/store", "/proc/store"] {
            let result = try place("doctor", "--store", store)
            #expect(result.status == 1)
            let lines = result.output.split(separator: "\n")
            let line = try #require(lines.firstIndex { $0.hasPrefix("BAD   store: ") }, "\(result.output)")
            #expect(lines[line + 1].contains("remedy: choose another place with --store DIR"))
        }
    }

    @Test func `without mpirun on PATH the launcher is BAD`() throws {
        let place = try Workplace()
        let result = try place("doctor", environment: ["PATH": place.folder])
        #expect(result.status == 1)
        #expect(result.output.contains("BAD   mpirun: not on PATH"), "\(result.output)")
    }

    @Test(arguments: [
        ("mpirun (Open MPI) 4.1.4", "Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4", nil),
        (
            "mpirun (Open MPI) 5.0.3", "Open MPI v4.1.4, package: Debian OpenMPI",
            "mpirun (Open MPI) 5.0.3; this program is linked against 4.1.4"
        ),
        (
            "HYDRA build details: Version: 4.0.2", "Open MPI v4.1.4, package: Debian OpenMPI",
            "HYDRA build details: Version: 4.0.2; this program is linked against Open MPI v4.1.4"
        ),
    ])
    func `a launcher of another MPI is found out`(launcher: String, library: String, mismatch: String?) {
        #expect(LibraryMatch(launcher: launcher, library: library).mismatch == mismatch)
    }
}

@Suite("Terminals and files that grow")
struct FollowingTests {
    @Test func `NO_COLOR leaves lines moving, a dumb terminal does not`() {
        #expect(Narration.moves(isTerminal: true, environment: ["NO_COLOR": "1"]))
        #expect(Narration.moves(isTerminal: true, environment: [:]))
        #expect(!Narration.moves(isTerminal: true, environment: ["TERM": "dumb"]))
        #expect(!Narration.moves(isTerminal: false, environment: [:]))
    }

    @Test func `a file that got shorter is read from its start`() throws {
        let folder = try TemporaryDirectory()
        let (source, copy) = (folder.path + "/source", folder.path + "/copy")
        _ = FileManager.default.createFile(atPath: copy, contents: nil)
        let output = try #require(FileHandle(forWritingAtPath: copy))
        var tail = FileTail(source)
        tail.copy(to: output)
        for text in ["one\n", "one\ntwo\n", "3\n"] {
            try text.write(toFile: source, atomically: true, encoding: .utf8)
            tail.copy(to: output)
        }
        #expect(try String(contentsOfFile: copy, encoding: .utf8) == "one\ntwo\n3\n")
    }
}
