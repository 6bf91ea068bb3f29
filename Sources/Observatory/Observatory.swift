// The room Observatory.
