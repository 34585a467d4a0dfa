"""A case as HL7 FHIR R4: a Bundle of a DiagnosticReport, an Observation for each answer, the model and the photograph.

What a model says is preliminary until a person says it; what a person has said is final. Words are those of the config
(system ``urn:lopm:words``), since SNOMED CT and LOINC have none for most of them; a site of the mouth is coded in
ICD-O-3. The bundle holds no patient: whoever files it knows whose photograph it is.
"""
import uuid

from lopm.findings import FLAGGED
from lopm.tasks import NOT_ASSESSABLE
from lopm.wording import words

WORDS, TASKS = 'urn:lopm:words', 'urn:lopm:tasks'
ICD_O = 'http://terminology.hl7.org/CodeSystem/icd-o-3'
ABSENT = 'http://terminology.hl7.org/CodeSystem/data-absent-reason'
NOTE = ('Preliminary reading of a photograph by a model that is no medical device. It confirms no diagnosis and rules '
        'no cancer out.')


def bundle_of(case, site=None):
    """The Bundle, as json holds it, of a ``Case`` that could be read.

    Args:
        site: ``(name, code of ICD-O-3)`` of the place in the mouth, where it is known.
    """
    name = case.name
    device, media = entry(case, 'Device', device_of(case)), entry(case, 'Media', media_of(case), name)
    regions = [('photograph', case.photograph, None), *((i, lesion, site) for i, lesion in enumerate(case.lesions, 1))]
    if case.lesions:
        regions = regions[1:]
    observations = [
        entry(case, 'Observation', observation(task, findings, where, at, device['fullUrl'], media['fullUrl']),
              name, where, task)
        for where, findings, at in regions
        for task in findings.probabilities.keys() | findings.numbers.keys() | findings.times.keys()]
    observations.sort(key=lambda each: each['fullUrl'])
    report = entry(case, 'DiagnosticReport', {
        'status': 'preliminary', 'code': {'text': 'Reading of an oral photograph'},
        'media': [{'link': {'reference': media['fullUrl']}}], 'conclusion': conclusion(case),
        'result': [{'reference': each['fullUrl']} for each in observations]}, name)
    return {'resourceType': 'Bundle', 'type': 'collection', 'entry': [report, *observations, media, device]}


def joined(bundles):
    """One Bundle of several; what stands in more than one, as the model does, stands in it once."""
    entries = {each['fullUrl']: each for bundle in bundles for each in bundle['entry']}
    return {'resourceType': 'Bundle', 'type': 'collection', 'entry': list(entries.values())}


def entry(case, kind, content, *names):
    """A resource with an address that is the same whenever the same model says the same of what ``names`` name."""
    about = case.model.get('pack_sha256') or case.model['version']
    key = '/'.join(map(str, (about, kind, *names)))
    return {'fullUrl': f'urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, key)}', 'resource': {'resourceType': kind, **content}}


def device_of(case):
    return {'status': 'active', 'deviceName': [{'name': case.model['version'], 'type': 'model-name'}],
            'version': [{'value': f'lopm {case.model["lopm"]}'},
                        *({'value': f'pack SHA-256 {each}'} for each in [case.model.get('pack_sha256')] if each)],
            'note': [{'text': NOTE}]}


def media_of(case):
    return {'status': 'completed', 'width': case.size[0], 'height': case.size[1],
            'content': {'contentType': 'image/*', 'title': case.name}}


def observation(name, findings, where, site, device, media):
    """One answer: the word, or the number with what it lies between; each word's probability as a component, or that
    of an event by each year."""
    person = name in findings.corrected
    found = {
        'status': 'final' if person else 'preliminary', 'code': coded(TASKS, name),
        'derivedFrom': [{'reference': media}], **({} if person else {'device': {'reference': device}}),
        'note': [{'text': 'the whole photograph' if where == 'photograph' else f'lesion {where}'}]}
    if site and where != 'photograph':
        found['bodySite'] = {'coding': [{'system': ICD_O, 'code': site[1], 'display': words(site[0])}]}
    if name in findings.numbers:
        number = findings.numbers[name]
        found['valueQuantity'] = quantity(number['value'], number['unit'])
        found['referenceRange'] = [{'low': quantity(number['low'], number['unit']),
                                    'high': quantity(number['high'], number['unit']),
                                    'text': 'nine of ten lie between'}]
        return found
    if name in findings.times:
        found['component'] = probabilities(findings.times[name])
        return found
    said, reason = findings.words.get(name), findings.abstains.get(name)
    if said and NOT_ASSESSABLE in said:
        found['dataAbsentReason'] = {'coding': [{'system': ABSENT, 'code': 'unknown'}]}
        found['note'].append({'text': 'cannot be judged on this photograph'})
        return found
    if said is None or reason or not said:
        code = 'not-applicable' if said is None else 'unknown' if reason else 'none'
        found |= {'dataAbsentReason': {'coding': [{'system': ABSENT, 'code': code}]}} if code != 'none' else {
            'valueCodeableConcept': {'text': 'none of the words'}}
        found['note'] += [{'text': reason}] if reason else []
    else:
        found['valueCodeableConcept'] = {'coding': [coding(WORDS, word) for word in said], 'text': ' + '.join(
            map(words, said))}
    if reason != FLAGGED:
        found['component'] = probabilities(findings.probabilities[name])
    return found


def probabilities(said):
    """``{word: probability}`` as components of an Observation."""
    return [{'code': coded(WORDS, word), 'valueQuantity': quantity(round(p, 4), '1')} for word, p in said.items()]


def coding(system, name):
    return {'system': system, 'code': name, 'display': words(name)}


def coded(system, name):
    return {'coding': [coding(system, name)], 'text': words(name)}


def quantity(value, unit):
    return {'value': value, 'unit': unit or '1', 'system': 'http://unitsofmeasure.org', 'code': unit or '1'}


def conclusion(case):
    """A sentence of what was found, and the note that belongs to it."""
    found = f'{len(case.lesions)} lesions outlined.' if case.lesions else 'No lesion outlined.'
    flags = f' Flagged: {", ".join(case.flags)}.' if case.flags else ''
    return f'{found}{flags} {NOTE}'
