public import Orchestrator

/// recipes/soccer.swift as the compiler sees it.
public enum CompiledSoccer {
    public static var it: Recipe { recipe }
}
