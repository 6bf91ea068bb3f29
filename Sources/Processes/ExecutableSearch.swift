import Glibc

/// Finds programs the way a shell does.
public enum ExecutableSearch {
    /// The absolute path of `program`: as it stands when it holds a slash, else from the folders of `path`.
    ///
    /// - Throws: ``ProcessError`` naming the folders that were searched.
    public static func find(_ program: String, path: String, directory: String) throws(ProcessError) -> String {
        if program.contains("/") {
            let full = program.hasPrefix("/") ? program : directory + "/" + program
            guard isExecutable(full) else {
                throw ProcessError(
                    .notFound, "'\(full)' is not an executable file; check the path and its permissions (chmod +x)")
            }
            return full
        }
        for folder in path.split(separator: ":") where isExecutable("\(folder)/\(program)") {
            return "\(folder)/\(program)"
        }
        throw ProcessError(.notFound, "no program '\(program)' on PATH (\(path)); install it or give its path")
    }

    private static func isExecutable(_ path: String) -> Bool {
        var facts = stat()
        return stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }
}
