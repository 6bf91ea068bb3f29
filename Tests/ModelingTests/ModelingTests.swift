// Tests of the room Modeling.
