// Tests of the room Episodes.
