"""The lock file: what designs cost when somebody last looked, and what has moved them since."""
