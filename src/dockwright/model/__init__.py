"""Pure data: values, parameters, recipes, plans. No file, clock or network."""
