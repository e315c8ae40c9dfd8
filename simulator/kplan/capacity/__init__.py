"""Will it fit: traffic, limits, queues, and what to buy."""
