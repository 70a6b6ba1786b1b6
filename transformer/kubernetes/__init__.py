"""Kubernetes itself: schemas, quantities, schedules, places of Pod templates."""
