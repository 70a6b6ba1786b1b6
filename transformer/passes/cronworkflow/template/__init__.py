"""The shape of the CronWorkflow: a template says which node goes where."""
