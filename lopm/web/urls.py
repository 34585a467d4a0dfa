"""What is on which address."""
from django.contrib.auth.views import LogoutView
from django.urls import path

from lopm.web.views import accounts, cases, follow, log, made, patients, photographs, second, visits

urlpatterns = [
    path('', patients.index, name='patients'),
    path('setup/<str:token>/', accounts.setup, name='setup'),
    path('login/', accounts.Login.as_view(), name='login'),
    path('logout/', LogoutView.as_view(), name='logout'),
    path('account/', accounts.own, name='own'),
    path('account/password/', accounts.password, name='password'),
    path('accounts/', accounts.index, name='accounts'),
    path('accounts/<int:number>/', accounts.change, name='account'),
    path('log/', log.index, name='log'),
    path('log.csv', log.table, name='log_table'),
    path('export/', made.export, name='export'),
    path('export.zip', made.download, name='export_file'),
    path('agreement/', made.agreement, name='agreement'),
    path('second/', second.index, name='seconds'),
    path('patients/<uuid:number>/', patients.page, name='patient'),
    path('patients/<uuid:number>/delete/', patients.delete, name='delete_patient'),
    path('patients/<uuid:number>/follow/', follow.index, name='follow'),
    path('followed/<uuid:number>/', follow.page, name='followed'),
    path('followed/<uuid:number>/state/', follow.state, name='followed_state'),
    path('followed/<uuid:number>/change/', follow.change, name='change_followed'),
    path('followed/<uuid:number>/end/', follow.end, name='end_followed'),
    path('followed/<uuid:number>/report.<str:ending>', follow.report, name='followed_report'),
    path('followed/<uuid:number>/<uuid:photograph>.jpg', follow.picture, name='followed_picture'),
    path('visits/<uuid:number>/', visits.page, name='visit'),
    path('visits/<uuid:number>/photographs/', visits.upload, name='upload'),
    path('visits/<uuid:number>/state/', visits.state, name='visit_state'),
    path('visits/<uuid:number>/report.<str:ending>', visits.report, name='visit_report'),
    path('photographs/<uuid:number>/full.jpg', photographs.full, name='full'),
    path('photographs/<uuid:number>/thumb.jpg', photographs.thumb, name='thumb'),
    path('photographs/<uuid:number>/site/', photographs.site, name='site'),
    path('photographs/<uuid:number>/delete/', photographs.delete, name='delete_photograph'),
    path('cases/<uuid:number>/', cases.page, name='case'),
    path('cases/<uuid:number>/said/', cases.said, name='said'),
    path('cases/<uuid:number>/state/', cases.state, name='case_state'),
    path('cases/<uuid:number>/words/', cases.words, name='words'),
    path('cases/<uuid:number>/outlines/', cases.outlines, name='outlines'),
    path('cases/<uuid:number>/second/', second.page, name='second'),
    path('cases/<uuid:number>/confirm/', cases.confirm, name='confirm'),
    path('cases/<uuid:number>/scale/', cases.scale, name='scale'),
    path('cases/<uuid:number>/report.<str:ending>', cases.report, name='case_report'),
]
handler400 = 'lopm.web.views.errors.bad'
handler403 = 'lopm.web.views.errors.forbidden'
handler404 = 'lopm.web.views.errors.missing'
handler500 = 'lopm.web.views.errors.broken'
