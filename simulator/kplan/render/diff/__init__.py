"""Writers of comparisons, one file a format."""
