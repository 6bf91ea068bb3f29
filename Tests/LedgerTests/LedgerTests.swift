// Tests of the room Ledger.
