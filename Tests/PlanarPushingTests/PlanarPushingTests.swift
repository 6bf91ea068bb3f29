// Tests of the room PlanarPushing.
