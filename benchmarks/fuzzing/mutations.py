"""One damage to a file, drawn at random, that keeps to the file's own structure: json, XML, tables, YAML, or bytes.

A mutation is a function ``(random.Random, bytes) -> (bytes, what was done)``. ``LESSENING`` says what was done by those
that take something away: reading less is then right.
"""
import copy
import json
import xml.etree.ElementTree as ElementTree

LESSENING = {'a value taken out', 'a list made shorter', 'cut off', 'a line taken out'}
ODD = (None, True, False, 0, -1, 3.5, 1e308, 2**31, 2**53 + 1, 10**30, '', ' ', 'x', '7', 'nan', [], {}, [[]], [{}],
       {'x': 1}, [None], ['x'], '\u202e', 'a' * 5000, '../../x', '=1+1')
TEXTS = ('NaN', 'Infinity', '-Infinity', '1e999', '00', "'", '"', '[' * 300 + ']' * 300, '{"a":1,"a":2}', '\\ud800', '')


def mutate_json(random, data):
    """A value of the tree replaced, taken out, doubled, moved or renamed; or the text damaged."""
    tree = json.loads(data)
    if random.random() < 0.15:
        return _damaged_text(random, data)
    parent, key = random.choice(list(_places(tree)))
    if random.random() < 0.15:
        return _with_text(random, tree, parent, key)
    return _write(tree), _change(random, tree, parent, key)


def _change(random, tree, parent, key):
    """Change the tree in place; what was done."""
    kind = random.choice(('odd', 'odd', 'odd', 'out', 'twice', 'rename', 'swap'))
    if kind == 'out':
        del parent[key]
        return 'a list made shorter' if isinstance(parent, list) else 'a value taken out'
    if kind == 'twice' and isinstance(parent, list):
        parent.append(copy.deepcopy(parent[key]))
        return 'an entry twice'
    if kind == 'rename' and isinstance(parent, dict):
        parent[random.choice((key.upper(), key + ' ', key + 'x'))] = parent.pop(key)
        return 'a value taken out'
    if kind == 'swap':
        other, place = random.choice(list(_places(tree)))
        parent[key], other[place] = copy.deepcopy(other[place]), copy.deepcopy(parent[key])
        return 'two values exchanged'
    parent[key] = copy.deepcopy(random.choice(ODD))
    return 'another value'


def _places(node):
    """Every ``(parent, key)`` of a tree."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        yield node, key
        if isinstance(value, (dict, list)):
            yield from _places(value)


def _with_text(random, tree, parent, key):
    """A value that no json writer would write."""
    parent[key] = mark = 'HERE IT STANDS'
    return _write(tree).replace(json.dumps(mark).encode(), random.choice(TEXTS).encode()), 'no json value'


def _write(tree):
    return json.dumps(tree).encode()


def mutate_xml(random, data):
    """An attribute or an element replaced, taken out or doubled; or the text damaged."""
    if random.random() < 0.2:
        return _damaged_text(random, data)
    root = ElementTree.fromstring(data)
    parents = [each for each in root.iter() if len(each)]
    named = [each for each in root.iter() if each.attrib]
    kind = random.choice(('attribute', 'attribute', 'attribute', 'out', 'twice', 'text', 'lost'))
    if kind in ('attribute', 'lost'):
        element = random.choice(named)
        key = random.choice(list(element.attrib))
        if kind == 'lost':
            del element.attrib[key]
        else:
            element.set(key, str(random.choice(ODD)).replace('\u202e', '?'))
    elif kind == 'text':
        random.choice(list(root.iter())).text = str(random.choice(ODD))
    else:
        parent = random.choice(parents)
        child = random.choice(list(parent))
        parent.remove(child) if kind == 'out' else parent.append(copy.deepcopy(child))
    done = {'attribute': 'another value', 'text': 'another value', 'twice': 'an entry twice'}
    return ElementTree.tostring(root), done.get(kind, 'a value taken out')


def mutate_lines(random, data):
    """A line taken out, doubled, or moved; a cell or a word replaced; or the text damaged. For tables and YAML."""
    lines = data.decode().split('\n')
    kind = random.choice(('cell', 'cell', 'cell', 'out', 'twice', 'indent', 'text', 'separator'))
    if kind == 'text':
        return _damaged_text(random, data)
    place = random.randrange(len(lines))
    if kind == 'out':
        del lines[place]
    elif kind == 'twice':
        lines.insert(place, lines[place])
    elif kind == 'indent':
        lines[place] = random.choice((' ', '\t', '- ', '? ', '&a ', '*a ', '!!python/object:os.system ')) + lines[place]
    elif kind == 'separator':
        lines = [line.replace(',', random.choice(';\t|')) for line in lines]
    else:
        separator, odd = random.choice(',:'), str(random.choice(ODD))
        cells = lines[place].split(separator)
        cells[random.randrange(len(cells))] = odd
        lines[place] = separator.join(cells)
        kind = kind if odd.strip() else 'out'
    return '\n'.join(lines).encode(), 'a line taken out' if kind in ('out', 'indent') else 'another value'


def _damaged_text(random, data):
    """Cut off, a byte changed, a stretch doubled, or another encoding."""
    kind, place = random.choice(('cut', 'byte', 'twice', 'utf-16')), random.randrange(1, len(data))
    if kind == 'cut':
        return data[:place], 'cut off'
    if kind == 'byte':
        return data[:place] + bytes([random.randrange(256)]) + data[place + 1:], 'a byte changed'
    if kind == 'twice':
        return data[:place] + data[max(place - 40, 0):], 'a stretch twice'
    return data.decode().encode('utf-16'), 'another encoding'


def mutate_bytes(random, data):
    """A bit flipped, bytes cut off, a stretch of zeros. For binary files."""
    kind, place = random.choice(('bit', 'bit', 'bit', 'cut', 'zeros')), random.randrange(len(data))
    if kind == 'cut':
        return data[:place], 'cut off'
    if kind == 'zeros':
        return data[:place] + bytes(min(16, len(data) - place)) + data[place + 16:], 'zeros'
    return data[:place] + bytes([data[place] ^ (1 << random.randrange(8))]) + data[place + 1:], 'a bit flipped'


MUTATIONS = {'.json': mutate_json, '.jsonl': mutate_lines, '.xml': mutate_xml, '.csv': mutate_lines,
             '.yaml': mutate_lines, '.txt': mutate_lines, '.parquet': mutate_bytes, '.arrow': mutate_bytes,
             '.safetensors': mutate_bytes, '.pth': mutate_bytes}
