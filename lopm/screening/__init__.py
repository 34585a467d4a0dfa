"""A mouth in one session: which views are there, what was found where, and whether to refer, at an operating point that
validation has chosen."""
from lopm.screening.choosing import choose_point
from lopm.screening.operating_point import OperatingPoint, read_point
from lopm.screening.screen import Screened, screen
from lopm.screening.views import Protocol, read_protocol

__all__ = ['OperatingPoint', 'Protocol', 'Screened', 'choose_point', 'read_point', 'read_protocol', 'screen']
