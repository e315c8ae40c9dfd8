"""Queues in closed form and simulated: stations, networks of them, and the limits before them."""
