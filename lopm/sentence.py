"""Sentences that keep what they say as data: English as they stand, and to be said again in another language."""


class Share(float):
    """A share of one, which is written in percent."""


class Sentence(str):
    """A sentence of ours with ``{names}`` filled in: English text, and its ``template`` and ``values``, which
    ``lopm.report.language.Language.say`` fills in again in its own language and with its own numbers.

    >>> Sentence('{share} of {photograph}, {times} times', share=Share(.131), photograph='a.jpg', times=1.3172)
    '13% of a.jpg, 1.32 times'

    Args:
        template: As a catalog has it.
        values: Numbers, shares, dates, names, a ``Sentence`` within this one, or a list of them.
    """

    def __new__(cls, template, **values):
        found = super().__new__(cls, template.format(**{name: _written(each) for name, each in values.items()}))
        found.template, found.values = template, values
        return found

    def __reduce__(self):
        return _again, (self.template, self.values)


def _again(template, values):
    return Sentence(template, **values)


def _written(value):
    if isinstance(value, list):
        return ', '.join(map(_written, value))
    if isinstance(value, Share):
        return f'{float(value):.0%}'
    return f'{value:.3g}' if isinstance(value, float) else value
