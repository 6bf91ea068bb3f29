// Tests of the room Tokenization.
