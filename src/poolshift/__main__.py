"""`python -m poolshift`."""

from poolshift.cli.main import main

if __name__ == "__main__":
    main()
