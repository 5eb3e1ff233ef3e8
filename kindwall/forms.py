"""The form renderer, which uses our field component, so that `{{ form }}` works in every template."""

from django.forms.renderers import TemplatesSetting


class FormRenderer(TemplatesSetting):
    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
