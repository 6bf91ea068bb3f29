import Foundation
import FoundationXML
import Ledger
import Observatory
import Pictures
import TestSupport
import Testing

@Suite("Run reports")
struct RunReportTests {
    /// Parses the page as XML, which every page of ours is, and keeps the names of its elements and its links.
    private final class Reader: NSObject, XMLParserDelegate {
        var names: [String: Int] = [:]
        var links: [String] = []
        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String] = [:]
        ) {
            names[name, default: 0] += 1
            links += ["src", "href"].compactMap { attributes[$0] }
        }
    }

    private func read(_ page: String) throws -> Reader {
        let reader = Reader()
        let parser = XMLParser(data: Data(page.utf8))
        parser.delegate = reader
        #expect(parser.parse(), "\(String(describing: parser.parserError)) in line \(parser.lineNumber)")
        return reader
    }

    private func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    @Test func `the page is well formed, shows everything and links nowhere`() throws {
        let folder = try TemporaryDirectory()
        for name in ["policy", "codes"] {
            try FileManager.default.createDirectory(
                atPath: folder.path + "/" + name + "/inner", withIntermediateDirectories: true)
        }
        let lines = (1...600).map { step -> String in
            let held =
                step % 100 == 0 ? #","validation":{"loss":\#(4.5 - Double(step) / 400),"modalities":{"action":2}}"# : ""
            return
                #"{"step":\#(step),"loss":\#(5 - Double(step) / 300),"modalities":{"action":2.5,"image":3.0}\#(held)}"#
        }
        let said =
            lines + [
                #"{"step":601,"loss":3,"samples":[{"episode":"demo_7","prompt":"push <the>","continuation":" block","dimensions":["x"],"recorded":[[1],[2]],"predicted":[[1.5],[2]]}]}"#
            ]
        try write(said.joined(separator: "\n") + "\n{\"step\":602,\"lo", to: folder.path + "/policy/metrics.jsonl")
        let picture = ContactSheet(
            [.init(PixelImage(width: 48, height: 48, color: .black), caption: "original")], columns: 2)
        try Data(try PNG.encode(picture.image())).write(
            to: URL(fileURLWithPath: folder.path + "/codes/inner/contact-sheet.png"))
        try write(
            #"{"traces":[{"episode":"demo_3","dimensions":["x","y"],"recorded":[[0,1],[0.5,1]],"predicted":[[0,0.9],[0.4,1]]}]}"#,
            to: folder.path + "/score")
        let summary = SampleRun.pushT(
            artifacts: [
                "policy": folder.path + "/policy", "codes": folder.path + "/codes", "score": folder.path + "/score",
            ])
        let page = RunReport.html(summary, lock: "{\"seed\": 17} <&>")
        if let copy = ProcessInfo.processInfo.environment["ORCHESTRATE_REPORT_COPY"] { try write(page, to: copy) }
        let reader = try read(page)
        #expect(reader.names["img"] == 1)
        // Loss, loss by modality, two action dimensions; the graph and the Gantt.
        #expect(reader.names["svg"] == 6)
        #expect(reader.links.allSatisfy { $0.hasPrefix("data:") })
        #expect(!page.contains("http://") && !page.contains("https://") && !page.contains("<script"))
        #expect(page.contains("data/&lt;odd&gt; &amp; &quot;name&quot;.hdf5"))
        #expect(page.contains("brave-heron") && page.contains("demo_3: x") && page.contains("30.41"))
        #expect(page.contains("push &lt;the&gt;<b> block</b>") && page.contains("0.25"))
        #expect(RunReport.html(summary) == RunReport.html(summary))
    }

    @Test func `where training time went is drawn from the profile beside the log of the last attempt`() throws {
        let folder = try TemporaryDirectory()
        var summary = SampleRun.pushT()
        let titles = try read(RunReport.html(summary)).names["title"] ?? 0
        let profile =
            #"{"schema":"orchestrate.profile/1","steps":20,"threads":2,"operations":3e12,"peakOperationsPerSecond":1e11,"#
            + #""ranks":[{"seconds":10,"parts":{"matmul":7,"idle":1,"other":2}},{"seconds":10,"parts":{"matmul":8,"other":2}}]}"#
        try write(profile, to: folder.path + "/policy.2.profile.json")
        summary.units[3].logPath = folder.path + "/policy.2.out"
        let page = RunReport.html(summary)
        #expect(page.contains("Where training time went"))
        // 3e12 operations in 10 s on 2 ranks of 2 threads of 1e11 a second each.
        #expect(page.contains("20 steps in") && page.contains("75 % of the peak"))
        #expect(page.contains("matmul <b>75.0 %</b>") && page.contains("idle <b>5.0 %</b>"))
        #expect(try read(page).names["title"] == titles + 5, "each piece of a bar says what it is")
        for damage in ["{", #"{"ranks":[]}"#, profile.replacingOccurrences(of: ":10,", with: ":0,")] {
            try write(damage, to: folder.path + "/policy.2.profile.json")
            #expect(!RunReport.html(summary).contains("Where training time went"))
        }
    }

    @Test func `names full of markup and control characters do no harm`() throws {
        var summary = SampleRun.pushT()
        summary.run = "<script>alert('x')</script>\u{1}"
        summary.units[3].name = "a\"><img src=x onerror=y>&"
        summary.units[3].cause = "]]> <!-- \u{0}"
        let page = RunReport.html(summary)
        let reader = try read(page)
        #expect(reader.names["script"] == nil && reader.names["img"] == nil)
    }

    @Test func `an empty run and a wide run have a page`() throws {
        var summary = SampleRun.pushT()
        summary.units = []
        _ = try read(RunReport.html(summary))
        summary.units = (0..<3000).map {
            SampleRun.unit(
                "wide/part-\($0)", "Command", after: $0 < 10 ? [] : ["wide/part-\($0 % 10)"], ranks: [$0 % 4],
                from: Double($0), to: Double($0) + 1)
        }
        let page = RunReport.html(summary)
        _ = try read(page)
        #expect(page.utf8.count < 2_000_000)
    }

    @Test func `missing and damaged artifacts are left out`() throws {
        let folder = try TemporaryDirectory()
        try write("not json", to: folder.path + "/metrics.jsonl")
        try write("{\"traces\": [3, {\"predicted\": [[1], [1, 2]]}]}", to: folder.path + "/score.json")
        let page = RunReport.html(
            SampleRun.pushT(artifacts: ["policy": folder.path, "score": folder.path, "codes": "/nowhere"]))
        let reader = try read(page)
        #expect(reader.names["svg"] == 2)
    }
}
