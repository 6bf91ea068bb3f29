public import Orchestrator

/// recipes/python.swift as the compiler sees it.
public enum CompiledPython {
    public static var it: Recipe { recipe }
}
