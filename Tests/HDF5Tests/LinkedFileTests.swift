import Foundation
import HDF5
import TestSupport
import Testing

/// Files that name other files: what lies in their folder is read, everything else is refused by name.
@Suite("Files that lead to other files")
struct LinkedFileTests {
    @Test func `a symbolic link in the folder does not lead out of it`() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/unusual.hdf5"
        try FileManager.default.copyItem(atPath: Fixtures.path("unusual.hdf5"), toPath: path)
        // Its external link is to 'types.hdf5' beside it.
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/types.hdf5", withDestinationPath: Fixtures.path("types.hdf5"))
        let root = try HDF5File(reading: path).root
        #expect(root.kind(of: "other_file") == .other)
        let error = #expect(throws: HDF5Error.self) { try root.dataset("other_file") }
        for part in [path, "/other_file", "'/numbers/f8' of 'types.hdf5'", "outside this file's folder"] {
            #expect(error?.description.contains(part) == true, "\(part)")
        }
        #expect(error?.exitCode == 65)
        // Everything else of the file is there.
        #expect(try root.dataset("virtual").count() > 0 && root.refusal(of: "virtual") == nil)
        // The same file by a symbolic link: the folder of its bytes counts too.
        let link = folder.path + "/linked.hdf5"
        try FileManager.default.createSymbolicLink(
            atPath: link, withDestinationPath: Fixtures.path("unusual.hdf5"))
        #expect(try HDF5File(reading: link).root.kind(of: "virtual") == .dataset)
    }

    @Test(
        "links, virtual datasets and raw data outside are refused, those inside are read",
        .enabled(if: PeerPython.has("h5py", "numpy"), "no Python with h5py"))
    func peerFiles() throws {
        let folder = try TemporaryDirectory()
        let script = """
            import h5py, numpy as np, os, sys
            os.chdir(sys.argv[1])
            os.makedirs("in/below"); os.makedirs("out")
            values = np.arange(6, dtype="f4")
            for path in ["out/secret.h5", "in/near.h5", "in/below/deep.h5"]:
                with h5py.File(path, "w") as file: file["x"] = values
            for path in ["out/raw.bin", "in/raw.bin"]: open(path, "wb").write(values.tobytes())
            os.symlink("../out/secret.h5", "in/symbolic.h5")
            def virtual(file, name, source, inner="x"):
                layout = h5py.VirtualLayout((6,), "f4")
                layout[:] = h5py.VirtualSource(source, inner, shape=(6,))
                file.create_virtual_dataset(name, layout)
            with h5py.File("in/through.h5", "w") as file:
                file["hop"] = h5py.ExternalLink("../out/secret.h5", "/x")
                virtual(file, "virtual", "../out/secret.h5")
            with h5py.File("in/main.h5", "w") as file:
                file["in_near"] = h5py.ExternalLink("near.h5", "/x")
                file["in_deep"] = h5py.ExternalLink("below/deep.h5", "/x")
                virtual(file, "in_virtual", "near.h5")
                file.create_dataset("in_raw", (6,), "f4", external=[(os.path.abspath("in/raw.bin"), 0, 24)])
                file["out_relative"] = h5py.ExternalLink("../out/secret.h5", "/x")
                file["out_absolute"] = h5py.ExternalLink(os.path.abspath("out/secret.h5"), "/x")
                file["out_symbolic"] = h5py.ExternalLink("symbolic.h5", "/x")
                file["out_chain"] = h5py.ExternalLink("through.h5", "/hop")
                file["out_soft"] = h5py.SoftLink("/out_chain")
                virtual(file, "out_virtual", "../out/secret.h5")
                virtual(file, "out_virtual_symbolic", "symbolic.h5")
                virtual(file, "out_virtual_of_virtual", "through.h5", "virtual")
                virtual(file, "out_virtual_by_link", "through.h5", "hop")
                file.create_dataset("out_raw", (6,), "f4", external=[(os.path.abspath("out/raw.bin"), 0, 24)])
                file["nowhere"] = h5py.ExternalLink("absent.h5", "/x")
            """
        #expect(try PeerPython.run(script, [folder.path]).status == 0)
        let file = try HDF5File(reading: folder.path + "/in/main.h5")
        let names = file.root.names
        #expect(names.count == 15)
        for name in names where name.hasPrefix("in_") {
            #expect(try file.root.dataset(name).read(Float.self) == [0, 1, 2, 3, 4, 5], "\(name)")
        }
        for name in names where name.hasPrefix("out_") {
            let error = #expect(throws: HDF5Error.self, "\(name)") { try file.root.dataset(name) }
            #expect(error?.object == "/" + name && error?.message.contains("outside this file's folder") == true)
            #expect(file.root.kind(of: name) == .other)
        }
        #expect(file.root.refusal(of: "nowhere") == nil && file.root.kind(of: "nowhere") == .other)
        #expect(file.root.refusal(of: "in_near") == nil)
    }
}
