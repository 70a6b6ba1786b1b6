"""A CronJob that only submits a Workflow, without the Pod that submits it."""
