"""Console commands of the project itself."""
