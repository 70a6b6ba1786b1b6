"""`transformer.yaml` as typed settings; every mistake with file:line:column."""
