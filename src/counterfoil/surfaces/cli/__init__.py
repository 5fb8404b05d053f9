"""The command line: one file a noun, data on standard output, talk on standard error."""
