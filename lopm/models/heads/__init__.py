"""The heads. Importing this package registers them; a new head is one file and one line here."""
from lopm.models.heads.borders import BordersHead
from lopm.models.heads.color import ColorHead
from lopm.models.heads.feature import FeatureHead
from lopm.models.heads.group import GroupHead
from lopm.models.heads.homogeneity import HomogeneityHead
from lopm.models.heads.meta import MetaHead
from lopm.models.heads.outline import OutlineHead
from lopm.models.heads.readers import AdditiveReader, LinearReader, MLPReader
from lopm.models.heads.texture import TextureHead

__all__ = ['AdditiveReader', 'BordersHead', 'ColorHead', 'FeatureHead', 'GroupHead', 'HomogeneityHead', 'LinearReader',
           'MLPReader', 'MetaHead', 'OutlineHead', 'TextureHead']
