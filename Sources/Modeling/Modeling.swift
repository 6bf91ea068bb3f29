// The room Modeling.
