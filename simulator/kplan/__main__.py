"""`python -m kplan` is `kplan`."""

from kplan.cli.main import run

if __name__ == "__main__":
    run()
