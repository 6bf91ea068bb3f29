// The room PlanarPushing.
