public import Orchestrator

/// recipes/sweep.swift as the compiler sees it.
public enum CompiledSweep {
    public static var it: Recipe { recipe }
}
