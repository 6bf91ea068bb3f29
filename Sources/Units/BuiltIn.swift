public import Recipes

extension Catalogue {
    /// The unit kinds this project ships.
    public static let builtIn = Catalogue([
        SimulateKind.self
    ])
}
