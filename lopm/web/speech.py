"""What stands on the pages of a case, in every language, as plain data; made where the model is."""
import json

from lopm.datasets.format import task_info
from lopm.findings import FLAGGED
from lopm.report.facts import LIMITS, facts_of, features, missing, trained_on
from lopm.report.language import Language, languages


def said_of(case, predictor, scale=None):
    """``{language: facts}`` of a ``Case``: those of its report, without pictures, and by feature what a person may put
    in the place of what was predicted."""
    return {code: _said(case, predictor, scale, Language(code)) for code in languages()}


def _said(case, predictor, scale, language):
    """Facts of a report; also words of lesions that a person has said of the photograph as a whole."""
    facts = facts_of(case, None, predictor, language, scale)
    tasks = predictor.tasks.of('lesion')
    if predictor.draws_outlines:  # else its page says all of the photograph
        said = tasks.but(tasks.keys() - case.photograph.corrected.keys())
        facts['photograph'] += features(case.photograph, said, language)
    for lesion, found in zip(facts['lesions'], case.lesions):
        lesion['silent'] = FLAGGED in found.abstains.values()
        lesion['rows'] = rows(found, tasks.but({predictor.judged}), lesion.get('features', []))
    return json.loads(json.dumps({key: value for key, value in facts.items() if key not in ('picture', 'since')}))


def rows(findings, tasks, lines):
    """``[{'task', 'name', 'text', 'who'}]``: the lines of a report with the tasks that they are of."""
    asked = [name for name in findings.said if name in tasks]
    return [{'task': task, 'name': name, 'text': text, 'who': who} for task, (name, text, who) in zip(asked, lines)]


def model_of(predictor):
    """What the pages say of the model, and ask of people in its words; json."""
    card = predictor.pack.content.card
    about = {code: {'trained': trained_on(card, language), 'note': language.say(card['note']) if card['note'] else '',
                    'limits': [language.say(each) for each in LIMITS],
                    'missing': [missing(each, language) for each in card['missing']]}
             for code in languages() for language in [Language(code)]}
    return {'version': predictor.about['version'], 'sha256': predictor.pack.content.sha256, 'about': about,
            'judged': predictor.judged, 'outlines': predictor.draws_outlines,
            'definitions': task_info(predictor.network.tasks),
            'tasks': [task_of(name, task) for name, task in predictor.tasks.of('lesion').with_words.items()],
            'record': [{'name': name, **field} for name, field in predictor.record_fields.items()]}


def task_of(name, task):
    """A task as a form asks it: its words, whether one or several of them hold, and where it is asked."""
    return {'name': name, 'words': list(task.classes), 'several': not task.exclusive, 'valid_if': task.valid_if}
