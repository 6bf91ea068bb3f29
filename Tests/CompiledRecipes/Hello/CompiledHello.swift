public import Orchestrator

/// recipes/hello.swift as the compiler sees it.
public enum CompiledHello {
    public static var it: Recipe { recipe }
}
