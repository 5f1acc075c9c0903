"""A file as it lies on the disk, made into cells with a header: what was read is recorded, nothing is
guessed."""
