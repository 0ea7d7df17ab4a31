"""Bounded message queues with two ends: the high-water mark lives here and nowhere else."""
