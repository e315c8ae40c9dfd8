"""Writers of profiles of logs, one file a format."""
