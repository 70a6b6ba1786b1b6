"""`transformer.yaml` as typed settings. Every error has file:line:column."""
