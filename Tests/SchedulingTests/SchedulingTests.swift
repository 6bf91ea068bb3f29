// Tests of the room Scheduling.
