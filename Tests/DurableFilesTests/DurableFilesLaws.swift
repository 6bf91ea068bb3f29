import Determinism
import DurableFiles
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite("Durable files")
struct DurableFilesLaws {
    struct Crash: Error {}

    @Test func `stopping at any step of a write leaves the old content or the new`() throws {
        let root = try TemporaryDirectory()
        let path = root.path + "/file"
        try DurableFiles.write("old", to: path)
        for stop in 0..<10 {
            let step = Mutex(0)
            let crashed: Bool
            do {
                try DurableFiles.intercepting({ _, _ in
                    let now = step.withLock { step in
                        defer { step += 1 }
                        return step
                    }
                    if now == stop { throw Crash() }
                }) { try DurableFiles.write("new!", to: path) }
                crashed = false
            } catch is Crash { crashed = true }
            let content = String(decoding: try DurableFiles.read(path), as: UTF8.self)
            #expect(content == "old" || content == "new!")
            if !crashed {
                #expect(content == "new!")
                #expect(try DurableFiles.entries(of: root.path).map(\.name) == ["file"], "no leftovers")
                return
            }
        }
        Issue.record("the write never got through")
    }

    @Test func `a folder's digest follows names and contents below it, not its own name`() throws {
        let root = try TemporaryDirectory()
        for folder in ["a", "b"] {
            try DurableFiles.createDirectory(root.path + "/" + folder + "/sub")
            try DurableFiles.write("1", to: root.path + "/" + folder + "/x")
            try DurableFiles.write("2", to: root.path + "/" + folder + "/sub/y")
        }
        let left = try DurableFiles.treeDigest(root.path + "/a")
        #expect(left == (try DurableFiles.treeDigest(root.path + "/b")))
        #expect(left.bytes == 2)
        try DurableFiles.move(root.path + "/b/x", to: root.path + "/b/z")
        #expect(left.digest != (try DurableFiles.treeDigest(root.path + "/b")).digest)
        #expect(try DurableFiles.treeDigest(root.path + "/a/x").digest == Digest(of: "1"))
    }

    @Test func `large files are digested in pieces with progress`() throws {
        let root = try TemporaryDirectory()
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try DurableFiles.write(bytes, to: root.path + "/big")
        var seen = 0
        let result = try DurableFiles.treeDigest(root.path + "/big") { seen += $0 }
        #expect(result.digest == Digest(of: bytes))
        #expect(seen == bytes.count)
    }

    @Test func `a commit onto an existing folder keeps it and drops the staging folder`() throws {
        let root = try TemporaryDirectory()
        for name in ["one", "two"] {
            try DurableFiles.createDirectory(root.path + "/" + name)
            try DurableFiles.write(name, to: root.path + "/" + name + "/content")
        }
        #expect(try DurableFiles.commitDirectory(root.path + "/one", as: root.path + "/final"))
        #expect(try !DurableFiles.commitDirectory(root.path + "/two", as: root.path + "/final"))
        #expect(try DurableFiles.read(root.path + "/final/content") == Array("one".utf8))
        #expect(!DurableFiles.exists(root.path + "/two"))
    }

    @Test func `errors carry path, remedy and exit code`() throws {
        let missing = #expect(throws: DurableFilesError.self) { try DurableFiles.read("/nowhere/at/all") }
        #expect(missing?.exitCode == ExitCode.missingInput)
        let denied = DurableFilesError(operation: "write", path: "/x", errorNumber: EROFS)
        #expect(denied.exitCode == ExitCode.cannotCreate)
        let full = DurableFilesError(operation: "write", path: "/x", errorNumber: ENOSPC)
        #expect(full.exitCode == ExitCode.inputOutput)
        #expect(full.description.contains("/x") && full.description.contains("orchestrate gc"))
    }

    @Test func `trees without write permission are removed`() throws {
        let root = try TemporaryDirectory()
        let folder = root.path + "/closed/inner"
        try DurableFiles.createDirectory(folder)
        try DurableFiles.write("x", to: folder + "/file")
        try DurableFiles.makeFilesReadOnly(below: root.path + "/closed")
        try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: folder)
        try DurableFiles.removeTree(root.path + "/closed")
        #expect(!DurableFiles.exists(root.path + "/closed"))
    }

    @Test func `a lock is held by one and freed with its owner`() throws {
        let root = try TemporaryDirectory()
        let path = root.path + "/lock"
        var first = try FileLock.attempt(path)
        #expect(first != nil)
        #expect(FileLock.isHeld(path))
        #expect(try FileLock.attempt(path) == nil)
        first = nil
        #expect(!FileLock.isHeld(path))
        _ = try FileLock(waitingFor: path)
    }

    @Test func `lines are appended whole`() throws {
        let root = try TemporaryDirectory()
        for line in ["one", "two"] { try DurableFiles.append(line: line, to: root.path + "/log") }
        #expect(try DurableFiles.read(root.path + "/log") == Array("one\ntwo\n".utf8))
    }
}
