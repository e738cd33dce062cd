"""Pure functions from parameters and the catalog to a plan. Nothing here looks at the host."""
