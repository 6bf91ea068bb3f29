import Foundation

/// What tokenizers cost and are worth: `token-bench text FILE VOCABULARY_FOLDER`, `token-bench chunks PUSHT ALOHA_FOLDER`,
/// `token-bench images FILE CAMERA PATCH CODES [STEPS [SIDE WIDTH]]`, the decoder's steps, neighbourhood and width.
///
/// One line of JSON for each figure: `{"name": …, "value": …, "unit": …}`.
@main
struct TokenBench {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch (arguments.first, arguments.count) {
        case ("text", 3): try TextBench.run(text: arguments[1], vocabulary: arguments[2])
        case ("chunks", 3): try ChunkBench.run(pushT: arguments[1], aloha: arguments[2])
        case ("images", 5...8):
            try ImageBench.run(
                file: arguments[1], camera: arguments[2], patch: Int(arguments[3]) ?? 8,
                codes: Int(arguments[4]) ?? 512,
                steps: arguments.count > 5 ? Int(arguments[5]) ?? 800 : nil,
                side: arguments.count > 6 ? Int(arguments[6]) : nil,
                hidden: arguments.count > 7 ? Int(arguments[7]) : nil)
        default:
            FileHandle.standardError.write(
                Data(
                    "usage: token-bench text FILE FOLDER | chunks PUSHT ALOHA | images FILE CAMERA PATCH CODES [STEPS [SIDE WIDTH]]\n"
                        .utf8))
            exit(64)
        }
    }

    /// Prints a figure.
    static func figure(_ name: String, _ value: Double, _ unit: String) {
        print(#"{"name":"\#(name)","value":\#(value),"unit":"\#(unit)"}"#)
    }

    /// Processor seconds of this thread.
    static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// The least processor seconds of some turns of `body`.
    static func least(_ turns: Int, _ body: () throws -> Void) rethrows -> Double {
        var best = Double.infinity
        for _ in 0..<turns {
            let start = processorSeconds()
            try body()
            best = min(best, processorSeconds() - start)
        }
        return best
    }
}
