from django.urls import path

from accounts.views import home

urlpatterns = [path("", home.home, name="home")]
