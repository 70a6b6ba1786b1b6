"""Reports: each module renders one Plan, and knows nothing of how it was made."""
