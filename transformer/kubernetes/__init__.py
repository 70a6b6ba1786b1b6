"""What Kubernetes itself says: schemas, quantities, schedules, where Pod templates stand."""
