import Processes
import Ranks

/// The control thread of a rank that does not coordinate: carries messages between the coordinator and the worker.
///
/// It answers within a millisecond while the worker computes, and sleeps in between.
struct RankControl: ~Copyable {
    private var mailbox: Mailbox
    private var pulse: PulseWriter
    private let bay: WorkerBay

    init(_ communicator: Communicator, pulse: consuming PulseWriter, bay: WorkerBay) {
        mailbox = Mailbox(communicator)
        self.pulse = pulse
        self.bay = bay
    }

    /// Works until the coordinator says that the run is over.
    mutating func run() throws {
        ProcessControl.preferPromptness()
        var pause = Pause()
        var isOver = false
        while !isOver {
            while let letter = try mailbox.receive() {
                let message = try ControlMessage(letter.bytes)
                bay.deliver(message)
                pause.reset()
                if case .shutdown = message { isOver = true }
            }
            if let news = bay.takeNews(waiting: pause.next()) {
                for letter in news.letters { try mailbox.send(letter, to: 0) }
                pause.reset()
            }
            pulse.beatIfDue()
        }
        pulse.leave()
        try mailbox.drain(seconds: 5)
    }
}

/// How long a control thread waits for its worker before it looks at MPI again: short after something happened, then longer.
struct Pause {
    private var seconds = Self.shortest
    private static let shortest = 0.00005
    private static let longest = 0.001

    mutating func reset() { seconds = Self.shortest }

    mutating func next() -> Double {
        defer { seconds = min(seconds * 1.5, Self.longest) }
        return seconds
    }
}
