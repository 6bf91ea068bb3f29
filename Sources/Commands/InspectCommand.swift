import ArgumentParser
import Determinism
import DurableFiles
import Foundation
import Inspection
import Ledger
import Observatory
import Pictures

/// Shows what a file, an artifact or a unit's output holds.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what a file or an artifact holds.",
        discussion: """
            A thing is a file or folder: HDF5, safetensors, episode shard, selection, token shard, tokenizer, vocabulary,
            checkpoint, exported model; what it is, its content tells. Where no file has that name it is an output of a run,
            [RUN:]UNIT[/OUTPUT], of the latest run unless one is named. Of HDF5 files the tree is shown, siblings that are
            alike in one line, and of demonstrations also lengths, instructions, streams, ranges and damaged episodes.

            --png writes a contact sheet: frames of evenly chosen episodes, or the codes of an image tokenizer. With --episode it is
            a strip of one episode's frames over a chart of its actions, and --gif an animation of them. --histogram draws how often
            actions take which values, with the edges of bins.

            Examples:
              orchestrate inspect data/pusht.hdf5
              orchestrate inspect data/pusht.hdf5 --no-ranges --png frames.png
              orchestrate inspect data/pusht.hdf5 --episode 3 --gif episode.gif
              orchestrate inspect policy                          the checkpoint of the last run
              orchestrate inspect brave-heron:split/training.selection
              orchestrate inspect codes --png codebook.png
              orchestrate inspect model.safetensors --json

            Exit codes: 65 damaged, of no known kind, or without pictures for --png; 66 no such file, run, unit or output;
            73 the picture cannot be written.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: ArgumentHelp("A file, a folder, or an output as [RUN:]UNIT[/OUTPUT].", valueName: "thing"))
    var thing: String

    @Option(help: ArgumentHelp("Also write a contact sheet there.", valueName: "file"))
    var png: String?

    @Option(help: ArgumentHelp("Show one episode, by name or by position from 0.", valueName: "episode"))
    var episode: String?

    @Option(help: ArgumentHelp("Also write the episode there as an animation.", valueName: "file"))
    var gif: String?

    @Option(help: ArgumentHelp("Frames a second of the animation.", valueName: "rate"))
    var rate: Double = 10

    @Flag(help: "Draw how often actions take which values.")
    var histogram = false

    @Flag(inversion: .prefixedNo, help: "Read all numbers to tell their ranges.")
    var ranges = true

    @Flag(help: "Show every member of an HDF5 file, also those that are alike.")
    var unfolded = false

    /// The JSON form.
    struct Report: Encodable {
        let schema = 1
        /// The run and unit the things are outputs of; absent for a path.
        let run: String?
        let unit: String?
        let things: [InspectionReport]
        /// Where the contact sheet, or the episode's strip, was written.
        let png: String?
        /// Where the episode's animation was written.
        let gif: String?
    }

    func run() throws {
        let target = try InspectionTarget(thing, store: options.storePath)
        guard gif == nil || episode != nil else {
            throw ValidationError("--gif shows an episode; name it with --episode")
        }
        guard episode == nil || gif != nil || png != nil else {
            throw ValidationError("--episode needs --gif FILE or --png FILE, where it is drawn")
        }
        guard rate >= 1, rate <= 50 else { throw ValidationError("--rate must be between 1 and 50; it is \(rate)") }
        if png != nil || gif != nil, target.places.count > 1 {
            let names = target.places.map { "\(thing)/\($0.output ?? "")" }.joined(separator: ", ")
            throw ValidationError("'\(thing)' has several outputs; name the one to make pictures of: \(names)")
        }
        let progress = InspectionProgress(isShown: Narration.isInteractive && !options.quiet)
        let looking = InspectionOptions(
            readsRanges: ranges && episode == nil, drawsHistograms: histogram, foldsSiblings: !unfolded,
            progress: { progress.report($0, $1, of: $2) })
        var reports: [InspectionReport] = []
        for place in target.places {
            let inspected = try InspectedPlace(place.path)
            defer { progress.clear() }
            let thing = try Inspector.inspect(inspected, options: looking)
            reports.append(InspectionReport(thing, at: inspected, output: place.output))
            if let episode {
                try writeEpisode(episode, of: thing, at: inspected, progress)
            } else if let png {
                try writeSheet(of: thing, at: inspected, to: png)
            }
        }
        if options.json {
            try JSONOutput.print(Report(run: target.run, unit: target.unit, things: reports, png: png, gif: gif))
        } else {
            print(reports.map { $0.lines.joined(separator: "\n") }.joined(separator: "\n\n"))
        }
        // What is damaged is shown first, for that is when one looks.
        if let damage = reports.compactMap(\.damage).first { throw DamagedThing(description: damage) }
    }

    private func writeSheet(of thing: any InspectedThing, at place: InspectedPlace, to path: String) throws {
        guard let sheet = try thing.contactSheet(of: place) else {
            throw InspectionError.noPictures(place.path, kind: type(of: thing).kind)
        }
        let image = sheet.image()
        try write(try PNG.encode(image), "contact sheet", image, to: path)
    }

    /// Draws one episode into the files that were asked for.
    private func writeEpisode(
        _ name: String, of thing: any InspectedThing, at place: InspectedPlace, _ progress: InspectionProgress
    ) throws {
        guard let path = thing.demonstrations(at: place) else {
            throw InspectionError.noEpisodes(place.path, kind: type(of: thing).kind)
        }
        let playback = try EpisodePlayback(path, episode: name)
        if let png {
            let strip = try playback.strip()
            try write(try PNG.encode(strip), "strip of \(playback.episode)", strip, to: png)
        }
        guard let gif else { return }
        let frames = try playback.frames { progress.report("frames", $0, of: $1) }
        guard let first = frames.first else { return }
        let bytes = try GIF.encode(frames, hundredths: Int((100 / rate).rounded()))
        try write(bytes, "animation of \(frames.count) steps of \(playback.episode)", first, to: gif)
    }

    private func write(_ bytes: [UInt8], _ what: String, _ image: PixelImage, to path: String) throws {
        do {
            try DurableFiles.write(bytes, to: path)
        } catch let error as DurableFilesError {
            let reason = error.detail ?? String(cString: strerror(error.errorNumber))
            throw UnwritablePicture(
                description: "the \(what) cannot be written to '\(path)': \(reason)", isFull: error.isOutOfSpace)
        }
        if !options.quiet {
            Narration.line("\(what) of \(image.width)×\(image.height) pixels in \(path)")
        }
    }
}

/// A thing that was described and is damaged.
private struct DamagedThing: ExitCoded, CustomStringConvertible {
    let description: String
    let exitCode = ExitCode.badData
}

/// A picture that cannot be put where it was asked for.
private struct UnwritablePicture: ExitCoded, CustomStringConvertible {
    let description: String
    let isFull: Bool
    var exitCode: Int32 { isFull ? ExitCode.inputOutput : ExitCode.cannotCreate }
}
