"""Reports: each module renders a Plan, and does not know how it was made."""
