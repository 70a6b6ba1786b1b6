"""The behaviour of Argo Workflows, on plain data."""
