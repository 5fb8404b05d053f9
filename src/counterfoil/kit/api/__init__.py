"""What a connector needs to speak to an API over HTTP: values and functions, no base class."""
