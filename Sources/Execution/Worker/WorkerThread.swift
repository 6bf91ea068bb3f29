import Foundation

/// The thread of a rank on which units run: never one of Swift's cooperative pool, since units block and compute.
final class WorkerThread {
    private let thread: Thread
    private let ended = DispatchSemaphore(value: 0)

    /// Starts working through what arrives in `bay`.
    ///
    /// - Parameter makeRunner: called on the new thread.
    init(bay: WorkerBay, makeRunner: @escaping @Sendable () -> UnitRunner) {
        let ended = ended
        thread = Thread {
            let runner = makeRunner()
            while let assignment = bay.next() { bay.post(runner.run(assignment)) }
            ended.signal()
        }
        // Recursive readers of deep data and kernels with frames of their own.
        thread.stackSize = 64 << 20
        thread.name = "worker"
        thread.start()
    }

    /// Waits for the end of the last unit.
    func join() { ended.wait() }
}
