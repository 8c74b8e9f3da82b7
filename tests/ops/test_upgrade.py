"""Forward from every release: with its backup, with its database, and back into none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from tests.crash.site import ROOT, Site, until
from tests.ops.keep_release import FOLDER

RELEASES = sorted(FOLDER.glob("*.zip"))
LATER = """
from django.db import migrations, models


def mark(apps, schema_editor):
    apps.get_model("leaddrum", "Lead").objects.filter(source="").update(source="marked", later="x")


class Migration(migrations.Migration):
    dependencies = [("leaddrum", "{newest}")]
    operations = [
        migrations.AddField("lead", "later", models.TextField(null=True)),
        migrations.RunPython(mark),
    ]
"""


@pytest.mark.django_db
def test_every_change_of_the_tables_has_its_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_releases_are_kept() -> None:
    assert RELEASES, "python -m tests.ops.keep_release"


@pytest.mark.parametrize("file", RELEASES, ids=lambda file: file.stem)
def test_a_backup_of_every_release_comes_in_and_goes_on(make_site: Callable[..., Site], file: Path) -> None:
    site = make_site(empty=True)
    assert "rows of" in site.leaddrum("restore", str(file)).stdout
    found = site.check()
    assert found["leads"] >= 14
    assert found["taken"] >= 1
    assert found["incidents"] > 40
    assert site.leaddrum("journal", "--format", "csv").stdout.count("\n") == found["incidents"] + 1
    worker = site.start("work")
    until(lambda: site.misses() > found["incidents"])
    assert worker.stop() == 0
    site.check()


@pytest.fixture
def later(tmp_path: Path) -> dict[str, Any]:
    """Settings under which the next release of the program runs: this one with one more migration."""
    folder = tmp_path / "later"
    shutil.copytree(ROOT / "src" / "leaddrum", folder / "leaddrum")  # compiled as it is: a start compiles nothing
    migrations = folder / "leaddrum" / "migrations"
    newest = max(file.stem for file in migrations.glob("0*.py"))
    (migrations / "9000_later.py").write_text(LATER.replace("{newest}", newest))
    return {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}


def test_a_database_of_this_release_goes_forward_and_not_back(
    make_site: Callable[..., Site], later: dict[str, Any], tmp_path: Path
) -> None:
    site = make_site()
    site.load(25)
    worker = site.start("work")
    until(lambda: site.misses() > 50)
    assert worker.stop() == 0
    before = site.check()
    site.leaddrum("backup", str(tmp_path / "now.zip"))

    refused = site.leaddrum("journal", fine=False, **later)
    assert (refused.returncode, "leaddrum migrate" in refused.stderr) == (3, True)
    assert "leaddrum.9000_later" in site.leaddrum("migrate", **later).stdout
    assert site.leaddrum("migrate", **later).stdout.strip() == "The database is of this release."
    assert site.inside("check", **later) == before
    assert site.inside("sources", **later) == {"sources": ["marked"]}
    worker = site.start("work", **later)
    until(lambda: site.misses() > before["incidents"])
    assert worker.stop() == 0
    site.leaddrum("backup", str(tmp_path / "later.zip"), **later)

    for command in (["serve", "--port", "0"], ["work"], ["token", "x"]):  # the old program on the new database
        refused = site.leaddrum(*command, fine=False)
        assert (refused.returncode, "newer release" in refused.stderr) == (3, True), refused.stderr
    empty = make_site(empty=True)
    refused = empty.leaddrum("restore", str(tmp_path / "later.zip"), fine=False)
    assert (refused.returncode, "Upgrade this installation first" in refused.stderr) == (1, True), refused.stderr
    empty.leaddrum("restore", str(tmp_path / "now.zip"), **later)  # an old backup into the new program
    assert empty.inside("check", **later) == before
    assert empty.inside("sources", **later) == {"sources": ["marked"]}
