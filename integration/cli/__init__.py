"""The command line: one module a noun, each with `register(app)`."""
