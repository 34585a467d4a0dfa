"""A lesion over visits: two photographs laid upon each other, sizes by a card or a ruler, and what has changed beyond
noise."""
from lopm.followup.card import Card
from lopm.followup.comparison import Comparison, compare
from lopm.followup.noise import Noise, load_noise, noise_of
from lopm.followup.reading import read_card, read_scale
from lopm.followup.registration import NotRegistered
from lopm.followup.ruler import read_ruler
from lopm.followup.scale import Scale, scale_between, scale_of_spacing

__all__ = ['Card', 'Comparison', 'Noise', 'NotRegistered', 'Scale', 'compare', 'load_noise', 'noise_of', 'read_card',
           'read_ruler', 'read_scale', 'scale_between', 'scale_of_spacing']
