"""How the documentation is built: ``make docs``. Nothing is fetched while it is."""
from lopm import __version__

project = 'lopm'
release = __version__

extensions = ['myst_parser', 'sphinx.ext.autodoc', 'sphinx.ext.napoleon']
exclude_patterns = ['_build']
html_theme = 'furo'
html_title = f'lopm {release}'
html_copy_source = False

highlight_language = 'text'  # what is Python says so
myst_heading_anchors = 3

autodoc_inherit_docstrings = False  # those of torch and mmengine are theirs
autodoc_member_order = 'bysource'
autodoc_typehints = 'none'  # docstrings say shapes and units, which tell more
napoleon_use_ivar = True  # a field with a description of its own is not listed twice


def skip_counted_fields(app, what, name, obj, skip, options):
    """A NamedTuple documents its fields by their number, which tells nothing: its docstring does."""
    return skip or (getattr(obj, '__doc__', None) or '').startswith('Alias for field number')


def setup(app):
    app.connect('autodoc-skip-member', skip_counted_fields)
