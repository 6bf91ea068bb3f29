// The room RecipeLanguage.
