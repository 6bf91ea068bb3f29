// Tests of the room Execution.
