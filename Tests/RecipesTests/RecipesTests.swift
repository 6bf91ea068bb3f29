// Tests of the room Recipes.
