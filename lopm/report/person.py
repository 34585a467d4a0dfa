"""What is said of a patient as a whole, for the page of a session: words, and a time to an event with what it rests on.
"""
from lopm.report.chart import risk_curve
from lopm.report.facts import abstains, number_text, words_text
from lopm.wording import DASH, is_defined


def person_facts(person, predictor, language):
    """``{'lines': [(question, what is said, learned from)], 'times': [time_facts(...)]}``.

    Args:
        person: ``lopm.screening.screened.Person``. predictor: That said it. language: ``Language``.
    """
    tasks, card = predictor.tasks, predictor.pack.content.card if predictor.pack else None
    said = {name: abstains(person.abstains[name], language) if name in person.abstains else
            words_text(words, tasks[name], language) for name, words in person.words.items()}
    said |= {name: f'{said[name]}; {not_ruled_out(held, predictor.doubt.promise(name), language)}'
             for name, held in person.possible.items() if held}
    said |= {name: number_text(number, language) for name, number in person.numbers.items()}
    return {'lines': [(language.word(name), text, learned_from(name, card, language)) for name, text in said.items()],
            'times': [time_facts(tasks[name], by, card, language) for name, by in person.times.items()]}


def not_ruled_out(words, promise, language):
    """What a pack says of the words of a task, and of how many patients that holds."""
    return language.say('not ruled out: {words} (of {share} of patients the true word is among such words)',
                        words=language.words(words), share=language.percent(promise))


def learned_from(name, card, language):
    """How many labels the training part had of a task, "137 patients"; without a card that is not known."""
    if not card:
        return language.say('not known')
    return language.count('{number} patient', '{number} patients', card['labels'][name]['labels'])


def time_facts(task, by, card, language):
    """The probability at the horizons, its curve over all cuts, and sentences on what may be made of it.

    Args:
        by: ``{'by_1': probability, ...}``. card: Of the pack, or None.
    """
    title = language.word(task.name)
    risks = [(language.number(horizon), language.percent(by[f'by_{horizon:g}'])) for horizon in task.horizons]
    curve = risk_curve([(cut, by[f'by_{cut:g}']) for cut in task.cuts], title, language.say(task.unit))
    say = language.say
    lines = [say('Of many patients like this one so many have the event by then. Of one person that says nothing '
                 'certain: neither that it comes nor that it does not.')]
    if card:
        labels = card['labels'][task.name]
        lines += [say('Learned from {patients}; the event came in {events} of them while they were followed.',
                      patients=learned_from(task.name, card, language), events=language.number(labels['event'], 0)),
                  ranked(task.name, card, language)]
    else:
        lines.append(say('From how many patients this was learned, and how well it works, is not known here: a pack '
                         'says it (lopm pack).'))
    return {'title': title, 'risks': risks, 'curve': curve, 'remarks': lines}


def ranked(name, card, language):
    """The sentence on the concordance of the card; where it holds none, that it was not measured."""
    for score in card['scores']:
        if (score['task'], score['score']) == (name, 'concordance'):
            value, low, high = (language.percent(score[key]) if is_defined(score[key]) else DASH
                                for key in ('value', 'low', 'high'))
            return language.say(
                'Of two test patients of whom one is known to have had the event first, that one was given the higher '
                'probability in {value} of cases (95 % interval: {low} – {high}; {patients} patients); 50 % is chance.',
                value=value, low=low, high=high, patients=score['patients'])
    return language.say('Whether the model tells who is likelier was not measured: in the test part nobody with the '
                        'event could be compared.')
