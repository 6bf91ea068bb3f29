public import Orchestrator

/// recipes/pusht.swift as the compiler sees it.
public enum CompiledPushT {
    public static var it: Recipe { recipe }
}
