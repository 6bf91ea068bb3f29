public import Orchestrator

/// recipes/balls.swift as the compiler sees it.
public enum CompiledBalls {
    public static var it: Recipe { recipe }
}
