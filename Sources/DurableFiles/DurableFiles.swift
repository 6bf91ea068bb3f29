// The room DurableFiles.
