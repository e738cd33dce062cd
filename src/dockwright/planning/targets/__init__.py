"""The stages that people ask for by name, one module each; all are pure functions of a `Site`."""
