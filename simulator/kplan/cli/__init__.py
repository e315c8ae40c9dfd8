"""The commands: load, resolve, evaluate, write."""
