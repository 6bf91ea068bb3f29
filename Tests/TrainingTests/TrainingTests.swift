// Tests of the room Training.
