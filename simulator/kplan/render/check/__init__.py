"""Writers of the outcome of checks, one file a format."""
