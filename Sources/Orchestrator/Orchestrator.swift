@_exported public import Episodes
@_exported public import Recipes
@_exported public import Units
@_exported public import WorkGraph
