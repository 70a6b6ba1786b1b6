"""What the rest of the repository needs when a CronJob has become a CronWorkflow."""
