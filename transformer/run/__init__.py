"""A run: files of a snapshot through the passes and the promises into a frozen plan."""
