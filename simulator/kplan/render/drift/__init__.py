"""Writers of what moved since the lock, one file a format."""
