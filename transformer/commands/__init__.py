"""One module a sub-command: arguments in, exit code out."""
