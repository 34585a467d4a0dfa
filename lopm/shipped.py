"""The configs and label maps that come with lopm: beside the package in a checkout, within it where it is installed."""
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONFIGS = next(folder for folder in (HERE / 'configs', HERE.parent / 'configs') if folder.is_dir())


def shipped(path):
    """A path, or where nothing is there, the file that lopm ships under it: ``configs/multitask.py`` from anywhere."""
    path = Path(path)
    own = CONFIGS.parent / path
    return own if path.parts[:1] == ('configs',) and not path.exists() and own.is_file() else path
