// Tests of the room Ranks.
