"""The source: files (snapshot), documents (manifest), objects (resource), and references between them (index)."""
