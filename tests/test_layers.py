"""The house has floors: a module imports what lies below it, never what lies above; and every import is of something.

Imports inside of functions count as well. What the floors are for is said in CONTRIBUTING.md.
"""
import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
FLOORS = {  # from the ground up
    'nothing of photographs or networks': [
        'shipped', 'extra', 'wording', 'sentence', 'bounds', 'files', 'seal', 'config_text', 'workers', 'arguments'],
    'weights, registries, samples, losses': [
        'packages', 'weights', 'openmmlab', 'registry', 'structures', 'losses'],
    'what is measured, counted and predicted': ['measure', 'statistics', 'tasks'],
    'photographs, scores, networks, what they say': [
        'datasets', 'evaluation', 'models', 'reasons', 'findings', 'case', 'session'],
    'the base, results to look at, runs, one call': [
        'curation', 'pictures', 'cases', 'engine', 'given', 'drawn', 'followup', 'pack', 'prepared', 'predictor',
        'screening', 'report'],
    'many runs, and what they say together': ['analysis', 'study', 'packing'],
    'a page of it all': ['web'],
    'the command': ['commands', 'cli', '__main__']}
ORDER = [part for parts in FLOORS.values() for part in parts]


def imports(*folders):
    """``(file, line, importing part, imported name)`` of every import of lopm's own, by default in lopm."""
    for path in sorted(path for folder in folders or ['lopm'] for path in (ROOT / folder).rglob('*.py')):
        part = path.relative_to(ROOT).with_suffix('').parts[1]
        for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
            names = []
            if isinstance(node, ast.ImportFrom) and (node.module or '').partition('.')[0] == 'lopm':
                names = [f'{node.module}.{alias.name}' for alias in node.names]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names if alias.name.partition('.')[0] == 'lopm']
            for name in names:
                yield path.relative_to(ROOT), node.lineno, part, name


def is_there(name):
    """Whether a dotted name is a module, or bound at the top of one."""
    *folders, last = name.split('.')
    if any(file.is_file() for file in files_of(name)):
        return True
    file = next((file for file in files_of('.'.join(folders)) if file.is_file()), None)
    return file is not None and last in bound_in(file)


def files_of(module):
    path = ROOT.joinpath(*module.split('.'))
    return path.with_suffix('.py'), path / '__init__.py'


@cache
def bound_in(file):
    """Names that the top level of a module binds, also those of ``if`` and ``try``; a module's ``__getattr__`` of its
    own counts as whatever it names."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding='utf-8'))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).partition('.')[0] for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


def test_no_import_goes_upward():
    upward = [f'{path}:{line}: {part} imports {name}' for path, line, part, name in imports()
              if part != '__init__' and name.split('.')[1] in ORDER
              and ORDER.index(name.split('.')[1]) > ORDER.index(part)]
    assert not upward, '\n'.join(upward)


def test_every_part_has_a_floor_and_every_import_a_module():
    parts = {path.stem for path in (ROOT / 'lopm').iterdir() if path.stem.isidentifier() and not path.stem == '__init__'
             and (path.suffix == '.py' or (path / '__init__.py').is_file())}
    assert parts - {'__pycache__'} <= set(ORDER)
    missing = [f'{path}:{line}: {name}' for path, line, _, name in imports('lopm', 'tools', 'tests', 'benchmarks')
               if not is_there(name)]
    assert not missing, '\n'.join(missing)


def test_only_the_tasks_ask_whether_a_task_is_a_mask():
    asking = [str(path.relative_to(ROOT)) for path in (ROOT / 'lopm').rglob('*.py')
              if 'tasks' not in path.relative_to(ROOT / 'lopm').with_suffix('').parts
              for node in ast.walk(ast.parse(path.read_text(encoding='utf-8')))
              if isinstance(node, ast.Call) and getattr(node.func, 'id', '') == 'isinstance'
              and 'Mask' in ast.unparse(node.args[1])]
    assert not asking
