"""Keep a backup of this release, so that every later one is tried with it: `python -m tests.ops.keep_release`.

Run once for each release, when its migrations are final; a file that was kept is never written again.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

import django
import httpx

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leaddrum.settings")
os.environ.setdefault("LEADDRUM_SECRET_KEY", "of no installation")  # the one that is kept makes its own
django.setup()

from leaddrum import __version__  # noqa: E402
from tests.crash.site import Site, fast_company, until  # noqa: E402 - needs the settings

FOLDER = Path(__file__).parent / "releases"
LEADS = 'Имя;Телефон;Город\nПётр;8 912 345-67-89;Пермь\n;;\n"Сломан;x\nАнна;+7 912 345-67-80;Уфа\n'


def keep(file: Path) -> str:
    """An installation in which a bit of everything has happened, as its backup."""
    with tempfile.TemporaryDirectory() as folder:
        company = fast_company(escalate_after=2)
        company["people"][2]["email"] = "anna@example.com"
        site = Site(Path(folder), "", company)
        site.load(12)
        token = site.leaddrum("token", "keeper").stdout.strip()
        site.leaddrum("login", "anna")
        table = Path(folder) / "leads.csv"
        table.write_text(LEADS, encoding="cp1251")
        site.leaddrum("import", str(table), "--yes")
        serving = site.start("serve", "--port", "0")
        until(lambda: site.misses() > 40)
        with httpx.Client(base_url=f"{serving.url}/api/v1/", headers={"Authorization": f"Bearer {token}"}) as caller:
            caller.post("leads/1/move", json={"stage": "in_work", "by": "anna"}).raise_for_status()
            caller.post("leads/2/move", json={"stage": "junk", "by": "boris"}).raise_for_status()
            caller.post("leads/3/assign", json={"person": "clara", "by": "olga"}).raise_for_status()
            caller.post("people/boris/pause", json={"reason": "обед"}).raise_for_status()
            assert caller.post("leads", json={"title": 5}).status_code == 422  # kept for the administrator
            cycle = caller.get("leads/1").json()["cycles"][0]
            turn = next(turn for turn in cycle["turns"] if turn["verdict"] == "missed")
            caller.post(f"incidents/{turn['id']}/annul", json={"by": "olga", "why": "болел"}).raise_for_status()
        assert serving.stop() == 0
        site.check()
        return site.leaddrum("backup", str(file)).stdout


if __name__ == "__main__":
    kept = FOLDER / f"{__version__}.zip"
    if kept.exists():
        sys.exit(f"{kept.name} was kept already")
    print(re.sub(r"^.*/", "", keep(kept).strip()))
