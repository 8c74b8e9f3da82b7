"""The feeds for administrators: where they are, and each table as a file."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from leaddrum.facts import export
from leaddrum.facts import query as star
from leaddrum.facts.columns import ENTITIES
from leaddrum.models import ApiToken, Keeping
from leaddrum.web.viewer import Signed, admins_only

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}


@require_safe
@admins_only
def data(request: Signed) -> HttpResponse:
    """The address of the feed, the tables, the tokens, the seal."""
    russian = (get_language() or "").startswith("ru")
    company = request.viewer.company
    tables = [(entity.name, entity.ru if russian else entity.en) for entity in ENTITIES.values()]
    context = {
        "tables": tables,
        "forms": export.FORMATS,
        "root": (settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")) + "/odata/v1/",
        "tokens": ApiToken.objects.filter(company=company, role=ApiToken.Role.FEED, revoked_at=None).order_by("name"),
        "kept": Keeping.objects.filter(company=company).first(),
    }
    return render(request, "leaddrum/analytics/data.html", context)


@require_safe
@admins_only
def download(request: Signed, table: str, form: str) -> HttpResponseBase:
    """A whole table. CSV is streamed; the others are packed and are made beside the database first."""
    if table not in ENTITIES or form not in export.FORMATS:
        raise Http404
    query = star.whole(table, request.viewer.company.pk)
    answer: HttpResponseBase
    if form == "csv":
        answer = StreamingHttpResponse(export.csv_chunks(query), content_type=TYPES[form])
    else:
        with tempfile.TemporaryDirectory() as folder:
            answer = FileResponse(export.opened(query, form, Path(folder)), content_type=TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="{table}.{form}"'
    return answer
