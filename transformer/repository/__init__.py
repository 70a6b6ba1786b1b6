"""What is in the source: its files (snapshot), the documents in them (resource), and who names whom (index)."""
