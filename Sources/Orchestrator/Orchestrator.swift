@_exported public import Recipes
@_exported public import Units
@_exported public import WorkGraph
