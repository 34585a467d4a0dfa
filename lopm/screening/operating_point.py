"""An operating point: from when on to refer, and what that does; a file that goes with the model it is of."""
import msgspec

from lopm.files import read_json, write_json

Figure = tuple[float | None, float | None, float | None]  # value, low, high; None where nothing is known


class Counted(msgspec.Struct):
    """How many answers of a part are to be found and how many are not, of how many patients; ``file``: ``{annotations:
    SHA-256}`` of the part."""

    unit: str
    positives: int
    negatives: int
    patients: int
    positive_patients: int
    file: dict[str, str]


class OperatingPoint(msgspec.Struct):
    """A threshold and what it does.

    Attributes:
        task, level, word: An answer is positive where it is this word; ``above``: or a grade above it.
        wanted: The sensitivity that the threshold was chosen for.
        threshold: Of the network's own probability, before a pack scales it.
        sensitivity, specificity, ppv, npv: On the test part, with 95 % intervals over patients.
        referred_per_found: How many are referred for each that is rightly so.
        net_benefit: ``{'model', 'all'}`` at the odds of the threshold; nobody: 0.
        curve: ``{'threshold', 'model', 'all'}``.
        validation, test: What both rest on.
        model: Name of its config. weights_sha256: Of the file of weights.
        predicts: ``lopm.engine.identity`` of what gave the probabilities: a pack of it has the same.
        note: What has to stand beside all of it.
    """

    task: str
    level: str
    word: str
    above: bool
    wanted: float
    threshold: float
    sensitivity: Figure
    specificity: Figure
    ppv: Figure
    npv: Figure
    referred_per_found: Figure
    net_benefit: dict[str, float]
    curve: dict[str, list[float]]
    validation: Counted
    test: Counted
    model: str
    weights_sha256: list[str]
    predicts: str
    note: str = ''


def write_point(path, point):
    return write_json(path, msgspec.to_builtins(point), indent=1)


def read_point(path, tasks, predicts):
    """The ``OperatingPoint`` of a file.

    Args:
        tasks: ``Tasks`` of the model that it is to be used with. predicts: Its ``lopm.engine.identity``.

    Raises:
        ValueError: No such file, one of another model, or of another question than a visit's.
    """
    try:
        point = read_json(path, OperatingPoint)
    except OSError as error:
        raise ValueError(f'{path}: cannot be read ({error.strerror}); write it with lopm operate') from None
    if point.predicts != predicts:
        raise ValueError(f'{path}: was chosen on the probabilities of another model than this: of other weights, or of '
                         'these in another size, mirrored or averaged otherwise; run lopm operate on predictions of '
                         'this one')
    if point.level != 'visit':
        raise ValueError(f'{path}: was measured on {point.test.unit}, {point.task} of each, and a screening decides on '
                         'visits; choose it for a task of level visit')
    if point.task not in tasks.of('visit').with_words or point.word not in tasks[point.task].classes:
        raise ValueError(f'{path}: {point.task} {point.word} is nothing that this model says of a visit; the file was '
                         'edited: write it again')
    return point
