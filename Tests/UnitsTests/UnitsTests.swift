// Tests of the room Units.
