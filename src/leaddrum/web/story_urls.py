"""Addresses of a lead's story, of the journal, and of what administrators look after."""

from django.urls import URLPattern, path

from leaddrum.web import journal, keeping, masking, story, story_actions, untaken

urlpatterns: list[URLPattern] = [
    path("leads/<int:pk>", story.lead, name="lead"),
    path("leads/<int:pk>/panel", story.panel, name="lead-panel"),
    path("leads/<int:pk>/live", story.fragment, name="lead-live"),
    path("leads/<int:pk>/deadlines/<int:number>-<int:turn>", story.deadline, name="lead-deadline"),
    path("leads/<int:pk>/considered/<int:number>-<int:seq>", story.who, name="lead-considered"),
    path("leads/<int:pk>/assign", story_actions.assign, name="lead-assign"),
    path("leads/<int:pk>/decide", story_actions.decide, name="lead-decide"),
    path("leads/<int:pk>/comment", story_actions.comment, name="lead-comment"),
    path("leads/<int:pk>/mask", masking.mask, name="lead-mask"),
    path("leads/<int:pk>/merge", story_actions.merge, name="lead-merge"),
    path("leads/<int:pk>/delete", story_actions.delete, name="lead-delete"),
    path("journal", journal.journal, name="journal"),
    path("journal.csv", journal.download, name="journal-csv"),
    path("journal/<int:pk>/considered", journal.who, name="journal-considered"),
    path("journal/<int:pk>/explain", journal.explain, name="journal-explain"),
    path("journal/<int:pk>/annul", journal.annul, name="journal-annul"),
    path("journal/closed", untaken.untaken, name="untaken"),
    path("journal/unread", keeping.unread, name="unread"),
    path("journal/unread/<int:pk>/dealt", keeping.dealt_with, name="unread-dealt"),
    path("settings/versions", keeping.versions, name="versions"),
    path("settings/versions/<int:number>.toml", keeping.version, name="version"),
]
