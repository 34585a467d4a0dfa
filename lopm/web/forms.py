"""The forms of the pages; each refuses in words what it cannot take."""
from django import forms
from django.contrib.auth.forms import BaseUserCreationForm
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lopm.web.models import Account, Department, Patient, Photograph, Spot, Visit
from lopm.web.spots import MOST

OLDEST = 120  # years


class PatientForm(forms.ModelForm):
    """A patient by the clinic's code. Args: ``department``."""

    class Meta:
        model = Patient
        fields = ['code']

    def __init__(self, *args, department, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.department = department
        self.fields['code'].widget.attrs['autocomplete'] = 'off'

    def clean_code(self):
        code = self.cleaned_data['code']
        if Patient.objects.filter(department=self.instance.department, code__iexact=code).exists():
            raise forms.ValidationError(_('A patient of this code is there already.'))
        return code


class VisitForm(forms.ModelForm):
    """The day of a visit. Args: ``patient``."""

    class Meta:
        model = Visit
        fields = ['on']
        widgets = {'on': forms.DateInput(attrs={'type': 'date'}, format='%Y-%m-%d')}

    def __init__(self, *args, patient, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.patient = patient
        self.fields['on'].initial = timezone.localdate
        self.fields['on'].input_formats = ['%Y-%m-%d']

    def clean_on(self):
        on, today = self.cleaned_data['on'], timezone.localdate()
        if on > today:
            raise forms.ValidationError(_('This day is still to come.'))
        if today.year - on.year > OLDEST:
            raise forms.ValidationError(_('So long ago there was no photograph.'))
        if Visit.objects.filter(patient=self.instance.patient, on=on).exists():
            raise forms.ValidationError(_('A visit of this day is there already.'))
        return on


class RecordForm(forms.Form):
    """What is known of a patient, by the fields that the model reads.

    Args:
        fields: ``[{'name', 'words' or 'range'}]``. language: ``Language`` for their names.
    """

    def __init__(self, *args, fields, language, **kwargs):
        super().__init__(*args, **kwargs)
        self.words = {}
        for each in fields:
            name = each['name']
            if 'words' in each:
                self.words[name] = {_key(word): word for word in each['words']}
                choices = [('', _('not known'))] + [(_key(word), _called(word, language)) for word in each['words']]
                field = forms.ChoiceField(choices=choices, required=False)
            else:
                low, high = each.get('range') or (None, None)
                field = forms.FloatField(required=False, min_value=low, max_value=high)
            field.label = language.word(name)
            self.fields[name] = field

    def record(self):
        """``{field: value}`` of what is known."""
        return {name: self.words[name][value] if name in self.words else value
                for name, value in self.cleaned_data.items() if value not in ('', None)}


def record_initial(record):
    """What a form shows of a record."""
    return {name: _key(value) if isinstance(value, bool | str) else value for name, value in record.items()}


def _key(word):
    return {True: 'yes', False: 'no'}.get(word, word) if isinstance(word, bool) else word


def _called(word, language):
    return (_('yes') if word else _('no')) if isinstance(word, bool) else language.word(word)


class SpotForm(forms.ModelForm):
    """A place that is followed, and which photographs are of it. Args: ``patient``."""

    FEW = _('Choose photographs of two visits and more.')

    class Meta:
        model = Spot
        fields = ['name', 'photographs']

    def __init__(self, *args, patient, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.patient = patient
        field = self.fields['photographs']
        field.queryset = Photograph.objects.filter(visit__patient=patient).exclude(state=Photograph.State.FAILED)
        field.error_messages['required'] = self.FEW

    def clean_photographs(self):
        chosen = self.cleaned_data['photographs']
        if len({photograph.visit_id for photograph in chosen}) < 2:
            raise forms.ValidationError(self.FEW)
        if len(chosen) > MOST:
            raise forms.ValidationError(_('At most %d photographs are compared; choose fewer.') % MOST)
        return chosen


class FirstForm(BaseUserCreationForm):
    """The first account, and the department that it is of."""

    department = forms.CharField(label=_('department'), max_length=80)

    class Meta(BaseUserCreationForm.Meta):
        model = Account
        fields = ['department', 'username', 'language']

    def clean_department(self):
        return Department.objects.get_or_create(name=self.cleaned_data['department'].strip())[0]


class AccountForm(BaseUserCreationForm):
    """An account that an administrator makes; its password is changed at the first sign-in."""

    department = forms.CharField(label=_('department'), max_length=80,
                                 widget=forms.TextInput(attrs={'list': 'departments', 'autocomplete': 'off'}))

    class Meta(BaseUserCreationForm.Meta):
        model = Account
        fields = ['username', 'department', 'role', 'language']

    clean_department = FirstForm.clean_department


class ChangeForm(forms.ModelForm):
    """What an administrator may change of an account."""

    class Meta:
        model = Account
        fields = ['role', 'is_active']
        labels = {'is_active': _('may sign in')}


class OwnForm(forms.ModelForm):
    """What everybody may change of their own account."""

    class Meta:
        model = Account
        fields = ['language']
