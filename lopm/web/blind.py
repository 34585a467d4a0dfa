"""Who has seen what is said of a photograph, by the log; and in which order a person reads what is left."""
import hashlib

from django.db.models import Max

from lopm.web.models import Entry, Photograph, SecondReading

SEEN = 'case seen', 'visit seen'  # the lines of pages that show what is said; the number is a photograph's or a visit's


def seen_by(account, photographs):
    """Which of some photographs an account has seen the case of, ``{number}``; a visit counts that was looked at when
    the photograph was there."""
    lines = Entry.objects.filter(account=account.username, what__in=SEEN).order_by()
    last = dict(lines.values_list('about').annotate(Max('at')))
    return {each.pk for each in photographs
            if any(at and at >= each.at for at in (last.get(str(each.pk)), last.get(str(each.visit_id))))}


def left_for(account):
    """``(photographs, which of them were seen, how many are done)``: those of the department that an account has not
    read, in an order by chance that stays its own, those that it can still read blind first."""
    done = SecondReading.objects.filter(by=account).values('photograph')
    left = list(Photograph.objects.filter(visit__patient__department=account.department, state=Photograph.State.READ)
                .exclude(pk__in=done))
    seen = seen_by(account, left)
    left.sort(key=lambda each: (each.pk in seen, hashlib.sha256(f'{account.pk} {each.pk}'.encode()).digest()))
    return left, seen, done.count()
