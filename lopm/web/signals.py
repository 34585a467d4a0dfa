"""Signing in and out, in the log."""
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver

from lopm.web.models import Account
from lopm.web.trail import note


@receiver(user_logged_in)
def signed_in(sender, user, **_):
    note(user, 'signed in', user.pk)


@receiver(user_logged_out)
def signed_out(sender, user, **_):
    if user:
        note(user, 'signed out', user.pk)


@receiver(user_login_failed)
def refused(sender, credentials, **_):
    name = str(credentials.get('username', ''))
    known = '\0' not in name and Account.objects.filter(username=name).exists()
    note(None, 'sign-in refused', detail=name if known else '')  # where no such name is, it may be a password
