"""Own GPUs: what one replica was measured to take, how many replicas a week needs, and what that costs."""
