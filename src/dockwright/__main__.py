"""`python -m dockwright`."""

from dockwright.cli import main

if __name__ == "__main__":
    main()
