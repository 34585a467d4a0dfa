"""Accounts: the first one, signing in, one's own, and those that an administrator manages."""
import hmac

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lopm.web.access import administrator, signed_in
from lopm.web.forms import AccountForm, ChangeForm, FirstForm, OwnForm
from lopm.web.models import Account, Department
from lopm.web.trail import note


def token():
    """What the address of the first account holds; whoever started the page has read it."""
    return hmac.new(settings.SECRET_KEY.encode(), b'the first account', 'sha256').hexdigest()[:32]


@require_http_methods(['GET', 'HEAD', 'POST'])
def setup(request, token):
    """The first account; there is no such page once there is one."""
    if Account.objects.exists() or not hmac.compare_digest(token.encode(), globals()['token']().encode()):
        raise Http404
    form = FirstForm(request.POST or None)
    if form.is_valid():
        with transaction.atomic():
            form.instance.role = Account.Role.ADMINISTRATOR
            account = form.save()
            note(account, 'first account', account.pk)
        login(request, account, backend=settings.AUTHENTICATION_BACKENDS[1])
        return redirect('patients')
    return render(request, 'web/setup.html', {'form': form})


class Login(LoginView):
    http_method_names = 'get', 'head', 'post'
    template_name = 'web/login.html'
    redirect_authenticated_user = True


@signed_in
def own(request):
    form = OwnForm(request.POST or None, instance=request.user)
    if form.is_valid():
        form.save()
        return redirect('own')
    return render(request, 'web/own.html', {'form': form})


@signed_in
def password(request):
    """Another password; an account that somebody else has made gets no other page before."""
    form = PasswordChangeForm(request.user, request.POST or None)
    if form.is_valid():
        account = form.save()
        Account.objects.filter(pk=account.pk).update(must_change=False)
        update_session_auth_hash(request, account)
        note(account, 'password changed', account.pk)
        messages.success(request, _('The password was changed.'))
        return redirect('own')
    return render(request, 'web/password.html', {'form': form})


@administrator
def index(request):
    """All accounts, and a form for another one."""
    form = AccountForm(request.POST or None)
    if form.is_valid():
        with transaction.atomic():
            form.instance.must_change = True
            account = form.save()
            note(request.user, 'account made', account.pk, f'{account.username}, {account.role}')
        messages.success(request, _('The account was made. Its password is changed at the first sign-in.'))
        return redirect('accounts')
    return render(request, 'web/accounts.html', {
        'form': form, 'accounts': Account.objects.select_related('department').order_by('username'),
        'departments': Department.objects.order_by('name')})


@administrator
def change(request, number):
    """The role of an account, and whether it may sign in; never the last administrator's, by mistake."""
    account = get_object_or_404(Account, pk=number)
    if account == request.user:
        raise PermissionDenied
    form = ChangeForm(request.POST or None, instance=account)
    if form.is_valid():
        with transaction.atomic():
            account = form.save()
            note(request.user, 'account changed', account.pk, f'{account.role}, active: {account.is_active}')
        return redirect('accounts')
    return render(request, 'web/account.html', {'form': form, 'changed': account})
