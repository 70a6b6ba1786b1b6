"""What Argo Workflows knows and does, on plain data."""
