"""Pure data: values, parameters, recipes, plans. Nothing here reads a file, a clock or the network."""
