// Tests of the room Launch.
