public import Orchestrator

/// recipes/aloha.swift as the compiler sees it.
public enum CompiledAloha {
    public static var it: Recipe { recipe }
}
