from django.contrib.admin import apps


class OperatorAdminConfig(apps.AdminConfig):
    default_site = "kindwall.admin_site.OperatorSite"
