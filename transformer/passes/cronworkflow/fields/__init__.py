"""The fields of a CronJob, each carried by a row of the table `cronjob_fields`."""
