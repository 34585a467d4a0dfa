"""A bar on the terminal for what takes a while, beside what a tool says."""
from rich.console import Console
from rich.progress import track


def progress(items, title):
    return track(items, title, transient=True, console=Console(stderr=True))
