"""One module for each command; `command` in it is the click command. Loaded when it is needed."""
