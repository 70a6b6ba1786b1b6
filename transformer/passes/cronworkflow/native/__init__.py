"""CronJobs that only submit a Workflow: scheduled without the Pod that submits it."""
