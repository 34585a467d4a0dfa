"""Sites of the mouth and their codes, as configs/labels/sites.yaml has them."""
from functools import cache

from lopm.curation.yaml_files import read_yaml
from lopm.shipped import CONFIGS

ICD_O = read_yaml(CONFIGS / 'labels/sites.yaml')['codes']['site']


@cache
def sites():
    """All names of sites, in the order of the file."""
    return tuple(ICD_O)
