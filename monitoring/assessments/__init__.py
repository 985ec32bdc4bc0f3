"""From rows to the engine and from its findings to signals."""
