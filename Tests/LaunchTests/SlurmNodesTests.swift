import Launch
import Testing

@Suite("Slurm nodes")
struct SlurmNodesTests {
    @Test func `slots are read as Slurm writes them`() {
        let nodes = SlurmNodes(names: ["a1", "a2", "a3", "b"], tasksPerNode: "2(x3),1")
        #expect(nodes.nodes.map(\.slots) == [2, 2, 2, 1])
        #expect(nodes.isComplete && nodes.slots == 7)
        #expect(SlurmNodes(names: ["a"], tasksPerNode: "nonsense").slots == 1)
    }

    @Test func `times are read as Slurm writes them`() {
        for (text, seconds) in [
            ("1:00", 60), ("30", 1800), ("2:03:04", 7384), ("1-00:00:00", 86_400), ("2-03", 183_600),
            ("1-02:30", 95_400),
        ] {
            #expect(SlurmPartition.seconds(text) == seconds, "\(text)")
        }
        for text in ["infinite", "UNLIMITED", "INVALID", "", "1:2:3:4", "a-1", "1-2-3"] {
            #expect(SlurmPartition.seconds(text) == nil, "\(text)")
        }
    }

    @Test func `a partition tells its limit, and whether its nodes know their memory`() throws {
        let listing = "main*|infinite|1\nshort|30:00|64000+\nshort|30:00|1\n"
        let main = try #require(SlurmPartition(nil, listing: listing))
        #expect(main.limitSeconds == nil && !main.hasMemory)
        #expect(SlurmPartition("main", listing: listing) == main)
        let short = try #require(SlurmPartition("short", listing: listing))
        #expect(short.limitSeconds == 1800 && short.hasMemory)
        #expect(SlurmPartition("none", listing: listing) == nil && SlurmPartition(nil, listing: "") == nil)
    }

    @Test func `lost nodes are left out, and a silent controller loses none`() {
        var nodes = SlurmNodes(names: ["a", "b", "c", "d"], tasksPerNode: "2(x4)")
        nodes.mark(states: "")
        #expect(nodes.isComplete)
        nodes.mark(states: "a|allocated\nb|down\nc|mixed*\nd|draining\nstranger|down")
        nodes.keep(["a", "b", "d", "e"])
        // What is up again does not come back into the job.
        nodes.mark(states: "c|idle\nb|idle")
        #expect(nodes.lostNames == ["b", "c"] && nodes.hostList == "a:2,d:2" && nodes.slots == 4)
    }

    @Test func `nodes that fail again and again are avoided while there are others`() {
        var nodes = SlurmNodes(names: ["a", "b"], tasksPerNode: "1(x2)")
        nodes.avoid(["a", "b"])
        #expect(nodes.isComplete)
        nodes.avoid(["b"])
        #expect(nodes.hostList == "a:1")
    }
}
