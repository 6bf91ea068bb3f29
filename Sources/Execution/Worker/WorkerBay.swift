import DequeModule
import Foundation
import Recipes

/// Where the control thread of a rank and its worker thread meet: assignments in, news out.
///
/// Safety: everything is guarded by one of the two conditions.
final class WorkerBay: @unchecked Sendable {
    /// One attempt, for looking up what was asked of it.
    struct Attempt: Hashable { let unit: Int, attempt: Int }

    /// Of the unit that runs on this rank.
    let watch = AttemptWatch()

    private let inboxCondition = NSCondition()
    private var inbox: Deque<Assignment> = []
    private var isShutDown = false
    private var stops: [Attempt: StopRequest] = [:]
    private var abandoned: [Attempt: String] = [:]

    private let newsCondition = NSCondition()
    private var news = RankNews()
    private var isUrgent = false

    /// Reports are handed over at the latest when so many have gathered.
    private static let batch = 16

    // MARK: Control thread

    func deliver(_ message: ControlMessage) {
        inboxCondition.lock()
        defer { inboxCondition.unlock() }
        switch message {
        case .assign(let assignments):
            inbox.append(contentsOf: assignments)
            inboxCondition.signal()
        case .stop(let unit, let attempt, let request):
            let key = Attempt(unit: unit, attempt: attempt)
            stops[key] = max(stops[key] ?? .none, request)
        case .abandon(let unit, let attempt, let reason): abandoned[Attempt(unit: unit, attempt: attempt)] = reason
        case .shutdown:
            isShutDown = true
            inboxCondition.signal()
        }
    }

    /// What the worker has to tell, waiting for it at most `seconds`.
    func takeNews(waiting seconds: Double) -> RankNews? {
        newsCondition.lock()
        defer { newsCondition.unlock() }
        if seconds > 0, !isUrgent { _ = newsCondition.wait(until: Date(timeIntervalSinceNow: seconds)) }
        isUrgent = false
        guard !news.isEmpty else { return nil }
        defer { news = RankNews() }
        return news
    }

    /// Wakes the control thread from its wait, when something else than news is there for it.
    func interruptWaiting() {
        newsCondition.lock()
        isUrgent = true
        newsCondition.signal()
        newsCondition.unlock()
    }

    // MARK: Worker thread

    /// The next attempt; `nil` when the run is over.
    func next() -> Assignment? {
        inboxCondition.lock()
        if let assignment = inbox.popFirst() {
            inboxCondition.unlock()
            return assignment
        }
        inboxCondition.unlock()
        handOver()
        inboxCondition.lock()
        defer { inboxCondition.unlock() }
        while inbox.isEmpty && !isShutDown { inboxCondition.wait() }
        return inbox.popFirst()
    }

    func post(_ report: Report) {
        inboxCondition.lock()
        if !stops.isEmpty || !abandoned.isEmpty {
            let key = Attempt(unit: report.unit, attempt: report.attempt)
            stops[key] = nil
            abandoned[key] = nil
        }
        inboxCondition.unlock()
        newsCondition.lock()
        news.reports.append(report)
        if news.reports.count >= Self.batch, !isUrgent {
            isUrgent = true
            newsCondition.signal()
        }
        newsCondition.unlock()
    }

    func post(_ progress: ProgressReport) {
        newsCondition.lock()
        news.progress.append(progress)
        newsCondition.unlock()
    }

    /// Wakes the control thread if there is anything to tell.
    private func handOver() {
        newsCondition.lock()
        if !news.isEmpty {
            isUrgent = true
            newsCondition.signal()
        }
        newsCondition.unlock()
    }

    /// What was asked of an attempt.
    func stopRequest(_ unit: Int, _ attempt: Int) -> StopRequest {
        inboxCondition.lock()
        defer { inboxCondition.unlock() }
        return stops.isEmpty ? .none : stops[Attempt(unit: unit, attempt: attempt)] ?? .none
    }

    /// Why an attempt's gang cannot go on; `nil` while it can.
    func abandonment(_ unit: Int, _ attempt: Int) -> String? {
        inboxCondition.lock()
        defer { inboxCondition.unlock() }
        return abandoned[Attempt(unit: unit, attempt: attempt)]
    }
}

/// The stronger of two requests.
private func max(_ left: StopRequest, _ right: StopRequest) -> StopRequest {
    left.rawValue >= right.rawValue ? left : right
}
