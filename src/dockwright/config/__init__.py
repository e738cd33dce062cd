"""Words → values: read settings, resolve them, check them, and derive flags, schema and pages."""
