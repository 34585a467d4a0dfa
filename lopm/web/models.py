"""What is kept: departments and their accounts, patients, visits, photographs, every version of what was said of them.

Everything of a patient hangs on ``Patient`` and goes with it. Numbers that stand in addresses are drawn by chance: they
tell nothing, and none follows from another.
"""
import uuid

from django.contrib.auth.models import AbstractUser
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

CODE = RegexValidator(r'\A[^\s<>/\\]{1,40}\Z', _('Up to 40 letters, digits, dots and dashes, without spaces.'))


class Department(models.Model):
    """Who share patients, and see those of no other."""

    name = models.CharField(_('name'), max_length=80, unique=True)

    def __str__(self):
        return self.name


class Account(AbstractUser):
    """A person. A reader looks and reads blind, a clinician adds and corrects as well, an administrator also manages
    accounts and reads the log."""

    class Role(models.TextChoices):
        READER = 'reader', _('reader')
        CLINICIAN = 'clinician', _('clinician')
        ADMINISTRATOR = 'administrator', _('administrator')

    first_name = last_name = email = None
    department = models.ForeignKey(Department, models.PROTECT, verbose_name=_('department'))
    role = models.CharField(_('role'), max_length=13, choices=Role, default=Role.CLINICIAN)
    language = models.CharField(_('language'), max_length=2, choices=[('en', 'English'), ('fr', 'Français')],
                                default='en')
    must_change = models.BooleanField(default=False)  # the password was given by somebody else
    REQUIRED_FIELDS = []

    @property
    def may_change(self):
        return self.role != self.Role.READER

    @property
    def is_administrator(self):
        return self.role == self.Role.ADMINISTRATOR


class Numbered(models.Model):
    """A number drawn by chance."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True


class Patient(Numbered):
    """``code``: the clinic's own; who it is stands elsewhere."""

    department = models.ForeignKey(Department, models.PROTECT)
    code = models.CharField(_('code'), max_length=40, validators=[CODE])
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=['department', 'code'], name='one_patient_of_a_code')]

    def __str__(self):
        return self.code


class Visit(Numbered):
    """``record``: what is known of the patient on that day, ``{field: value}``, as the model's fields have it."""

    patient = models.ForeignKey(Patient, models.CASCADE, related_name='visits')
    on = models.DateField(_('date'))
    record = models.JSONField(default=dict)

    class Meta:
        ordering = ['-on']
        constraints = [models.UniqueConstraint(fields=['patient', 'on'], name='one_visit_of_a_day')]


class Photograph(Numbered):
    """A photograph; its pixels are a file (``Place.photograph``).

    Attributes:
        digest: SHA-256 of the file as it came; pixels: of its pixels. problem: Why it could not be read.
        remarks: ``[{'kind': 'copy' or 'mouth', 'photograph': number}]``, others of the department that it looks like.
        look: By which another photograph of the same mouth is found (``mouths.py``).
        turn: Order in which they were chosen, a number by the clock of the browser.
        pixels_per_mm: Of its scale, with the half width of its 95 % interval, and by what it is known.
    """

    class State(models.TextChoices):
        WAITING = 'waiting', _('waiting')
        READ = 'read', _('read')
        FAILED = 'failed', _('not readable')

    visit = models.ForeignKey(Visit, models.CASCADE, related_name='photographs')
    site = models.CharField(_('site'), max_length=40, blank=True)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    problem = models.CharField(max_length=300, blank=True)
    digest = models.CharField(max_length=64, db_index=True)
    pixels = models.CharField(max_length=64, blank=True, db_index=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    remarks = models.JSONField(default=list)
    turn = models.BigIntegerField(default=0)
    look = models.BinaryField(default=bytes)
    pixels_per_mm = models.FloatField(null=True)
    scale_error = models.FloatField(null=True)
    scale_by = models.CharField(max_length=10, blank=True)
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(Account, models.SET_NULL, null=True)

    class Meta:
        ordering = ['turn', 'at', 'id']

    @property
    def patient(self):
        return self.visit.patient

    @property
    def reading(self):
        """The version that stands, or None before the model has read it."""
        return self.readings.order_by('-number').first()


class Spot(Numbered):
    """A place in the mouth that is followed over visits, and the photographs of it that a person has chosen."""

    patient = models.ForeignKey(Patient, models.CASCADE, related_name='spots')
    name = models.CharField(_('name'), max_length=80)
    photographs = models.ManyToManyField(Photograph, related_name='spots', verbose_name=_('photographs'))
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ['at', 'id']

    def __str__(self):
        return self.name


class Reading(models.Model):
    """A version of what is said of a photograph: the model's, then one for each correction. None is ever changed.

    Attributes:
        what: What made it. case: ``Case.to_json``. live: What corrections go on from (``lopm.cases.live``).
        said: ``{language: facts of the page}``.
        rater: Who said it in a base that was brought in; ``by`` is then nobody.
    """

    class What(models.TextChoices):
        MODEL = 'model', _('the model')
        OUTLINES = 'outlines', _('outlines')
        WORDS = 'words', _('words')
        SCALE = 'scale', _('scale')
        CONFIRM = 'confirm', _('confirmed')

    photograph = models.ForeignKey(Photograph, models.CASCADE, related_name='readings')
    number = models.PositiveIntegerField()
    what = models.CharField(max_length=8, choices=What)
    case = models.JSONField()
    live = models.BinaryField()
    said = models.JSONField()
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(Account, models.SET_NULL, null=True)
    rater = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ['number']
        constraints = [models.UniqueConstraint(fields=['photograph', 'number'], name='one_reading_of_a_number')]


class SecondReading(models.Model):
    """What a person says of a photograph by its pixels alone, said once.

    Attributes:
        by: Who; None: a ``rater`` of a base that was brought in. lesions: ``[{'polygons', 'words'}]``.
        blind: Whether that person had not seen what the model or another person says of it.
    """

    photograph = models.ForeignKey(Photograph, models.CASCADE, related_name='second_readings')
    by = models.ForeignKey(Account, models.PROTECT, null=True)
    rater = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField(auto_now_add=True)
    blind = models.BooleanField(default=False)
    lesions = models.JSONField()

    class Meta:
        ordering = ['at', 'id']
        constraints = [models.UniqueConstraint(fields=['photograph', 'by'], name='one_second_reading_of_a_person')]


class Job(models.Model):
    """What a worker has to do; ``jobs.py`` says how it is given out."""

    class State(models.TextChoices):
        WAITING = 'waiting'
        RUNNING = 'running'
        DONE = 'done'
        FAILED = 'failed'

    photograph = models.ForeignKey(Photograph, models.CASCADE, null=True, related_name='jobs')
    patient = models.ForeignKey(Patient, models.CASCADE, null=True, related_name='jobs')
    department = models.ForeignKey(Department, models.CASCADE, null=True, related_name='jobs')
    kind = models.CharField(max_length=10)
    given = models.JSONField(default=dict)
    by = models.ForeignKey(Account, models.SET_NULL, null=True)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    urgent = models.BooleanField(default=False)
    tries = models.PositiveSmallIntegerField(default=0)
    worker = models.CharField(max_length=40, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(auto_now_add=True)
    ended = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=['state', '-urgent', 'id'], name='next_job')]


class Made(Numbered):
    """What was made of all cases of a department: a base as a file (``Place.export``), figures of agreement, or its own
    noise floor (``floor.py``).

    Attributes:
        kind: Of the job that has made it. facts: What pages say of it, or words rest on.
    """

    department = models.ForeignKey(Department, models.CASCADE)
    kind = models.CharField(max_length=10)
    facts = models.JSONField()
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(Account, models.SET_NULL, null=True)

    class Meta:
        ordering = ['-at']


class Entry(models.Model):
    """A line of the log. The database refuses to change or remove one (migration 0002); each holds the digest of the
    one before. It names patients by number alone: of one who was deleted nothing but that is left."""

    at = models.DateTimeField()
    account = models.CharField(max_length=150, blank=True)
    department = models.CharField(max_length=80, blank=True)
    what = models.CharField(max_length=40)
    about = models.CharField(max_length=80, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    before = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ['id']
        indexes = [models.Index(fields=['account', 'about'], name='who_saw_what')]


class Chain(models.Model):
    """One row: the digest of the log's last line. Whoever writes a line holds it."""

    digest = models.CharField(max_length=64, blank=True)
