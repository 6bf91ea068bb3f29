import Glibc
import Processes
import Recipes

/// Where a program's two streams go: files, the terminal, and pipes before them where secrets have to be blotted out.
final class CommandLogs {
    /// What the program writes to.
    private(set) var output = STDOUT_FILENO
    private(set) var errors = STDERR_FILENO
    private var files: [Int32] = []
    private var pipes: [RedactingPipe] = []

    /// - Parameters:
    ///   - output: a path; `nil` for this process's own stream.
    ///   - secrets: none for streams that go to their files directly.
    init(output: String?, errors: String?, secrets: [String]) throws {
        self.output = try open(output) ?? STDOUT_FILENO
        self.errors = try open(errors) ?? STDERR_FILENO
        guard !secrets.isEmpty else { return }
        for file in [self.output, self.errors] { pipes.append(try RedactingPipe(to: file, secrets: secrets)) }
        (self.output, self.errors) = (pipes[0].input, pipes[1].input)
    }

    private func open(_ path: String?) throws -> Int32? {
        guard let path else { return nil }
        let file = Glibc.open(path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw OutputError(path: path, errorNumber: errno) }
        files.append(file)
        return file
    }

    /// The program has its own ends now.
    func handOver() {
        for pipe in pipes { pipe.closeInput() }
        if pipes.isEmpty { closeFiles() }
    }

    /// Writes what is still on its way.
    func finish() {
        for pipe in pipes { pipe.finish() }
        pipes = []
        closeFiles()
    }

    private func closeFiles() {
        for file in files { close(file) }
        files = []
    }

    deinit {
        for pipe in pipes { pipe.finish() }
        for file in files { close(file) }
    }
}
