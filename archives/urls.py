from django.urls import path

from archives.views import deletion, my_data, teams

urlpatterns = [
    path("me/data/", my_data.my_data, name="my_data"),
    path("me/data/export/", my_data.export_my_data, name="export_my_data"),
    path("me/data/download/", my_data.download_my_data, name="download_my_data"),
    path("me/data/delete/", deletion.delete_account, name="delete_account"),
    path("me/data/keep/", deletion.keep_account, name="keep_account"),
    path("teams/import/", teams.import_team, name="import_team"),
    path("<slug:team>/settings/export/", teams.export_team, name="export_team"),
    path("<slug:team>/settings/export/download/", teams.download_team, name="download_team"),
]
