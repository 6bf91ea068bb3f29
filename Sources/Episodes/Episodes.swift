// The room Episodes.
