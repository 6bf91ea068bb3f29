/// An error that says with which documented code a program ends when it is the cause.
public protocol ExitCoded: Error {
    /// One of `ExitCode`'s values.
    var exitCode: Int32 { get }
}

/// The exit codes of every program of this project (sysexits where one fits).
public enum ExitCode {
    /// A unit failed.
    public static let unitFailed: Int32 = 1
    /// `verify` or `plan --check` found a difference.
    public static let differs: Int32 = 2
    /// The command line is wrong.
    public static let usage: Int32 = 64
    /// Input data is damaged or of the wrong shape.
    public static let badData: Int32 = 65
    /// An input file is missing.
    public static let missingInput: Int32 = 66
    /// A program of the site, such as Slurm's, is missing or refuses.
    public static let unavailable: Int32 = 69
    /// A bug in this program.
    public static let software: Int32 = 70
    /// An output cannot be created.
    public static let cannotCreate: Int32 = 73
    /// Reading or writing failed.
    public static let inputOutput: Int32 = 74
    /// The recipe is wrong.
    public static let badRecipe: Int32 = 78
    /// Checkpointed and wants to be put back into the queue.
    public static let requeue: Int32 = 85
}
