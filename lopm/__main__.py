"""``python -m lopm``: the command ``lopm`` where it is not on the path."""
from lopm.cli import main

if __name__ == '__main__':
    main()
