/// Collects the expression statements of a recipe: they are its roots.
@resultBuilder
public enum RecipeBuilder {
    public static func buildExpression(_ handle: some PortBundle) -> [Wiring] { [handle.wiring] }

    public static func buildBlock(_ parts: [Wiring]...) -> [Wiring] { parts.flatMap { $0 } }

    public static func buildOptional(_ part: [Wiring]?) -> [Wiring] { part ?? [] }

    public static func buildEither(first part: [Wiring]) -> [Wiring] { part }

    public static func buildEither(second part: [Wiring]) -> [Wiring] { part }

    public static func buildArray(_ parts: [[Wiring]]) -> [Wiring] { parts.flatMap { $0 } }
}
