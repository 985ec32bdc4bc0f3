"""What judges the engine: simulated people, rivals, trials, the benchmark. Nothing here pages anyone."""
