// Tests of the room RecipeLanguage.
