import Foundation
import TestSupport
import Testing

@Suite("A program with unit kinds of its own", .enabled(if: Programs.hasMPI, "mpirun is not installed"))
struct CustomProgramTests {
    private struct Run: Decodable {
        struct Unit: Decodable {
            struct Output: Decodable { let path: String }
            let name: String
            let kind: String
            let state: String
            let outputs: [Output]
        }
        let status: String
        let units: [Unit]
    }

    private static func primes(_ arguments: [String], in folder: String) throws -> (
        status: Int32, output: String, errors: String
    ) {
        try Programs.run(
            [Programs.path("primes")] + arguments,
            environment: ["OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"], directory: folder)
    }

    @Test("plans, runs on ranks, finds everything again, and the ranks know its kinds")
    func runs() throws {
        let folder = try TemporaryDirectory()
        let plan = try Self.primes(["plan", "--set", "parts=5", "--set", "limit=100000"], in: folder.path)
        #expect(plan.status == 0 && plan.output.contains("6 units: 6 run"), "\(plan)")
        for state in ["ran", "reused"] {
            let result = try Self.primes(
                ["submit", "--ranks", "2", "--json", "--quiet", "--set", "parts=5", "--set", "limit=100000"],
                in: folder.path)
            #expect(result.status == 0, "\(result)")
            let run = try JSONDecoder().decode(Run.self, from: Data(result.output.utf8))
            #expect(run.status == "done")
            #expect(run.units.count == 6)
            #expect(run.units.allSatisfy { $0.state == state }, "\(run.units.map(\.state))")
            let sum = try #require(run.units.first { $0.kind == "Sum" }?.outputs.first)
            // The number of primes below 100,000: OEIS A006880.
            #expect(try String(contentsOfFile: sum.path, encoding: .utf8) == "9592\n")
        }
    }

    @Test("its parameters and its arguments are checked like any recipe's")
    func mistakes() throws {
        let folder = try TemporaryDirectory()
        let unknown = try Self.primes(["plan", "--set", "limits=5"], in: folder.path)
        #expect(unknown.status == 78)
        #expect(unknown.errors.contains("'limit'"), "\(unknown.errors)")
    }
}
