// Tests of the room Pictures.
