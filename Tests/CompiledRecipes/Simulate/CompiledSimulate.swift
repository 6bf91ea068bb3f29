public import Orchestrator

/// recipes/simulate.swift as the compiler sees it.
public enum CompiledSimulate {
    public static var it: Recipe { recipe }
}
