"""Checks of the patients' records. Their values stand in no finding."""
from lopm.curation.doctor.table import ERROR, REMARK, check, of_photograph
from lopm.datasets.record import PLAUSIBLE, encode_record, out_of_range, range_of


@check(REMARK, 'nobody has such a value, so it is read as missing', 'correct it, or write null')
def record_out_of_range(base):
    fields = {**PLAUSIBLE, **base.record_fields}
    numbers = {name: field for name, field in fields.items() if 'words' not in field}
    for photograph in base.photographs:
        for name in out_of_range(photograph.image.get('record') or {}, numbers):
            low, high = range_of(name, numbers[name])
            yield of_photograph(photograph, f'{name} in the record is not from {low:g} to {high:g}')


@check(ERROR, 'training refuses the whole part', 'correct the value in the record, or write null')
def unknown_record_value(base):
    for photograph in base.photographs:
        try:
            encode_record(photograph.image.get('record') or {}, base.record_fields)
        except ValueError as error:
            yield of_photograph(photograph, f'{error}')
