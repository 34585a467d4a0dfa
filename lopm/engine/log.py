"""The log of a run is one that a person reads; its file in the work directory holds all of it."""
import contextlib
import importlib
import io
import logging
import re

FOR_THE_FILE = re.compile(r'paramwise_options|\s*-+\s*System environment|Config:\n|Hooks will be executed|Exp name:|'
                          'Distributed training is not used|"FileClient" will be|"HardDiskBackend" is the alias|'
                          r'\S+ is skipped since its requires_grad=False|resumed key: loop_stage is not defined')


def for_a_person(record):
    """A filter of what is shown: not what mmengine notes for those who look for a fault in it."""
    return not FOR_THE_FILE.match(record.getMessage())


def show_less(logger):
    """Keep from the screen, and not from the file, what no person reads."""
    for handler in logger.handlers:
        if isinstance(handler, logging.StreamHandler) and not isinstance(handler, logging.FileHandler):
            handler.addFilter(for_a_person)
    return logger


def import_quietly():
    """Import the one package that prints when it is imported, which every pipeline needs in the end."""
    with contextlib.redirect_stdout(io.StringIO()):
        importlib.import_module('mmseg.datasets')
