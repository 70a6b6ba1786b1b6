"""What is checked on every run before a change counts (architecture §4)."""
