import Determinism
import Foundation
import Ranks
import Recipes
import TestSupport
import Testing
import Units
import WorkGraph

private struct SilentReporter: UnitReporter {
    func progress(_ completed: Int, of total: Int, figures: [String: Double]) {}
    func log(_ line: String) {}
    func figure(_ name: String, _ value: Double) {}
}

@Suite("Simulate")
struct SimulateTests {
    /// Runs the unit of a call alone and returns the file it wrote.
    private func simulate(
        _ parameters: [String: CanonicalValue], seed: UInt64 = 17, in folder: String,
        stop: @escaping @Sendable () -> StopRequest = { .none }
    ) throws -> String {
        let kind = try #require(Catalogue.builtIn["Simulate"])
        let unit = WorkUnit(
            name: "world", kind: "Simulate", kindVersion: 1, parameters: parameters, options: [:], inputs: [],
            sources: [],
            outputs: [], resources: ResourceRequest(), seed: seed, numericsVersion: NumericsVersion.current,
            isDeterministic: true, estimate: WorkEstimate(), location: nil)
        let context = UnitContext(
            unit: unit, attempt: 1, runName: "test", gang: SoloGang(), threads: 1, inputs: [:], outputDirectory: folder,
            workDirectory: folder, checkpointDirectory: folder, projectDirectory: folder, reporter: SilentReporter(),
            stopRequest: stop)
        try kind.instantiate(for: unit).run(context)
        return folder + "/demonstrations"
    }

    /// The unit reads no file.
    private static let noFile: @Sendable (String) throws -> (digest: Digest, bytes: Int) = { _ in
        throw CocoaError(.fileNoSuchFile)
    }

    private func digest(_ path: String) throws -> Digest {
        Digest(of: [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
    }

    @Test func `equal seeds give equal files and other seeds other files`() throws {
        let folders = try (0..<3).map { _ in try TemporaryDirectory() }
        let files = try zip(folders, [UInt64(3), 3, 4]).map { folder, seed in
            try digest(try simulate(["episodes": .int(3)], seed: seed, in: folder.path))
        }
        #expect(files[0] == files[1])
        #expect(files[0] != files[2])
    }

    @Test func `a unit that is told to stop does`() throws {
        let folder = try TemporaryDirectory()
        #expect(throws: Interrupted.self) { try simulate(["episodes": .int(3)], in: folder.path, stop: { .cancel }) }
    }

    @Test func `unknown tasks are refused when the call is planned`() throws {
        for tasks in [["goal", "juggle"], []] {
            let recipe = Recipe("bad", seed: 1) { Simulate(tasks: tasks) }
            #expect(throws: RecipeError.self) { try recipe.compile(projectDirectory: "/", digestFile: Self.noFile) }
        }
        #expect(throws: Never.self) {
            try Recipe("good", seed: 1) { Simulate(tasks: ["reach"]) }.compile(
                projectDirectory: "/", digestFile: Self.noFile)
        }
    }

    @Test("h5py reads the file as robomimic lays it out", .enabled(if: PeerPython.has("h5py", "numpy")))
    func layout() throws {
        let folder = try TemporaryDirectory()
        let path = try simulate(["episodes": .int(20)], in: folder.path)
        let script = """
            import sys, json, h5py, numpy as np
            f = h5py.File(sys.argv[1])
            d = f['data']
            assert len(d) == 20, len(d)
            assert int(d.attrs['total']) == sum(int(d[k].attrs['num_samples']) for k in d)
            assert json.loads(d.attrs['env_args'])['env_name'] == 'PlanarPushing'
            words = set()
            for k in d:
                g = d[k]
                t = int(g.attrs['num_samples'])
                meta = json.loads(g.attrs['ep_meta'])
                words.add(meta['lang'])
                a = g['actions'][()]
                assert a.shape == (t, 2) and np.isfinite(a).all() and abs(a).max() <= 1, a
                i = g['obs/agentview_image']
                assert i.shape == (t, 96, 96, 3) and i.dtype == np.uint8 and i.compression == 'gzip', i
                assert i.chunks[0] <= 16 and i.chunks[1:] == (96, 96, 3), i.chunks
                assert g['obs/agent_pos'].shape == (t, 2) and g['obs/agent_vel'].shape == (t, 2)
                assert g['obs/block_pose'].shape == (t, 3) and g['rewards'].shape == (t,)
                # The disc is blue where the position says.
                x, y = (g['obs/agent_pos'][0] * 96 / 512).astype(int)
                assert tuple(i[0, y, x]) == (65, 105, 225), i[0, y, x]
            assert len(words) > 5
            names = {m: [n.decode() for n in f['mask'][m][()]] for m in f['mask']}
            assert len(names['train']) == 16 and len(names['valid']) == 2 and len(names['test']) == 2
            assert len(names['success']) >= 16
            assert sorted(names['goal'] + names['side'] + names['reach']) == sorted(d)
            """
        #expect(try PeerPython.run(script, [path]).status == 0)
    }
}
