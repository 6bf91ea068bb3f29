// Tests of the room Observatory.
