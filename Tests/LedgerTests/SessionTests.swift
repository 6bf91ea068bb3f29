import Determinism
import DurableFiles
import Foundation
import Ledger
import TestSupport
import Testing
import WorkGraph

@Suite("Sessions and claims")
struct SessionTests {
    private let keys = (0..<4).map { Sample.unit($0).key }

    @Test func `the second claimant is told who computes a key, until it is released`() throws {
        let root = try TemporaryDirectory()
        let first = try StoreSession(ArtifactStore(root.path), run: "first")
        let second = try StoreSession(ArtifactStore(root.path), run: "second")
        #expect(second.fence > first.fence)
        #expect(try first.claim([keys[0], keys[1]]) == [nil, nil])
        let holders = try second.claim([keys[0], keys[2]])
        #expect(holders[0]?.run == "first" && holders[0]?.fence == first.fence)
        #expect(holders[1] == nil)
        #expect(try first.claim([keys[2]])[0]?.run == "second")
        try first.release([keys[0]])
        #expect(try second.claim([keys[0]]) == [nil])
        #expect(try first.claim([keys[1]]) == [nil], "claiming what is ours is fine")
    }

    @Test func `claims end with their session`() throws {
        let root = try TemporaryDirectory()
        let second = try StoreSession(ArtifactStore(root.path), run: "second")
        do {
            let first = try StoreSession(ArtifactStore(root.path), run: "first")
            #expect(try first.claim([keys[0]]) == [nil])
            #expect(try second.claim([keys[0]])[0] != nil)
            try first.close()
        }
        #expect(try second.claim([keys[0]]) == [nil])
    }

    @Test func `a session file without a living process is stolen from and swept`() throws {
        let root = try TemporaryDirectory()
        let store = try ArtifactStore(root.path)
        var copy: [UInt8] = []
        var dead = 0
        do {
            let session = try StoreSession(store, run: "dead")
            _ = try session.claim(keys)
            dead = session.fence
            copy = try DurableFiles.read("\(store.layout.sessions)/\(dead).session")
        }
        // What a process that was killed leaves behind: its file without its lock, and its staging folder.
        try DurableFiles.write(copy, to: "\(store.layout.sessions)/\(dead).session")
        let left = try store.staging(for: keys[0], attempt: 1, fence: dead)
        #expect(StoreSession.living(in: store.layout).isEmpty)
        let next = try StoreSession(store, run: "next")
        #expect(next.fence > dead)
        #expect(!DurableFiles.exists(left.path))
        #expect(try next.claim(keys) == [nil, nil, nil, nil])
        #expect(StoreSession.living(in: store.layout).map(\.run) == ["next"])
    }

    @Test func `staging of a living session is left alone`() throws {
        let root = try TemporaryDirectory()
        let store = try ArtifactStore(root.path)
        let first = try StoreSession(store, run: "first")
        let area = try store.staging(for: keys[0], attempt: 1, fence: first.fence)
        let second = try StoreSession(store, run: "second")
        #expect(DurableFiles.exists(area.outputs))
        try second.close()
        try first.close()
        #expect(!DurableFiles.exists(area.path))
    }

    @Test func `fences never repeat`() throws {
        let root = try TemporaryDirectory()
        var fences: [Int] = []
        for _ in 0..<4 {
            let session = try StoreSession(ArtifactStore(root.path), run: "r")
            fences.append(session.fence)
            try session.close()
        }
        #expect(fences == fences.sorted() && Set(fences).count == 4)
    }
}
