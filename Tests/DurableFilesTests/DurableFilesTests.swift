// Tests of the room DurableFiles.
