"""Who looks at a page, and what he may see.

An employee sees the board of his drums and his own part; a head also everything of his departments and of those below
them; an admin the company. Nobody sees another company. Pages look every object up through the querysets here, so what
is out of sight is simply not found (404).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, wraps
from typing import Concatenate, ParamSpec, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import IsNull
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, resolve_url
from django.utils import timezone, translation
from django.utils.http import urlencode

from leaddrum import access, clock, second_factor
from leaddrum.engine import claims, org
from leaddrum.engine.staff import Org
from leaddrum.models import Account, Company, Cycle, Drum, Effect, Incident, Lead, Person

P = ParamSpec("P")
SECOND_FACTOR = "second-factor"  # of the session: this person has one
WITHOUT_SECOND_FACTOR = frozenset({"second-factor", "password"})  # pages that open before it is set up


@dataclass(frozen=True)
class Viewer:
    """A signed-in person at one instant. The sets behind the querysets are read when first asked for."""

    person: Person
    company: Company
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.person.zone or self.company.zone)

    @cached_property
    def org(self) -> Org:
        """The company's people, departments and drums, kept in memory until they change."""
        return org.of(self.company, self.now)

    @cached_property
    def role(self) -> Person.Role:
        """His role; who heads or deputises a department is a head whatever the file calls him."""
        role = Person.Role(self.person.role)
        return Person.Role.HEAD if role is Person.Role.EMPLOYEE and self._headed else role

    @property
    def is_head(self) -> bool:
        """May do what heads may: admins may too."""
        return self.role in {Person.Role.HEAD, Person.Role.ADMIN}

    @property
    def is_admin(self) -> bool:
        return self.role is Person.Role.ADMIN

    @cached_property
    def departments(self) -> frozenset[int]:
        """Departments he answers for, with all below them; an employee's own; an admin's: all."""
        if self.is_admin:
            return frozenset(self.org.units)
        return self._below(self._headed or self._own) if self.is_head else self._own

    @cached_property
    def people(self) -> frozenset[int]:
        """Whose leads and incidents he sees in full: himself, a head's people, an admin's whole company."""
        if self.is_admin:
            return frozenset(self.org.people)
        theirs = (self.org.units[unit].people for unit in self.departments) if self.is_head else ()
        return frozenset(person for people in theirs for person in people) | {self.person.pk}

    @cached_property
    def drums(self) -> tuple[Drum, ...]:
        """Drums whose board he sees, in the file's order."""
        seen = [pk for pk in self.org.drums if self.is_admin or self._turns_here(pk)]
        return tuple(Drum.objects.filter(pk__in=seen))

    @cached_property
    def names(self) -> Mapping[int, str]:
        """Everybody's name, by number: what sentences are made with."""
        return {member.id: member.name for member in self.org.people.values()}

    @cached_property
    def waiting(self) -> int:
        """How many turns wait for his press: what stands beside "My turns". One query."""
        return claims.count_for(self.person)

    # What he may look up. Each queryset is narrowed to his company first.

    def leads(self, *, many: bool = False) -> QuerySet[Lead]:
        """Leads he sees, deleted ones excepted. `many`: most of what waits is asked about, so what waits in his drums
        is read once, from an index, instead of asked for each lead."""
        leads = Lead.objects.filter(company=self.company, deleted_at=None)
        if self.is_admin:
            return leads
        cycles = Cycle.objects.filter(lead=OuterRef("pk"))
        in_sight = Q(drum__in=[drum.pk for drum in self.drums]) | Q(holder__in=self.people) | Q(taken_by=self.person)
        mine = Q(owner__in=self.people) | Q(pk__in=self.person.observed.values("pk"))
        if many:
            waits = Cycle.objects.filter(company=self.company, ended_at=None, drum__in=[drum.pk for drum in self.drums])
            mine |= Q(pk__in=waits.values("lead"))
        mine |= one_by_one(cycles.filter(in_sight))
        return leads.filter(mine | self._of_owners_department(cycles))

    def incidents(self) -> QuerySet[Incident]:
        """Incidents of the people he answers for; his own."""
        incidents = Incident.objects.filter(company=self.company)
        if self.is_admin:
            return incidents
        to_all = Q(person=None, drum__in=[drum.pk for drum in self.drums]) if self.is_head else Q()
        return incidents.filter(Q(person__in=self.people) | to_all)

    def cycles(self) -> QuerySet[Cycle]:
        """Cycles of the leads he sees."""
        cycles = Cycle.objects.filter(company=self.company)
        return cycles if self.is_admin else cycles.filter(lead__in=self.leads().values("pk"))

    def notices(self) -> QuerySet[Effect]:
        """What was said to him; to nobody else."""
        return Effect.objects.filter(company=self.company, person=self.person, outlet=None)

    def answers_for(self, person_id: int | None) -> bool:
        """Whether he is that person's head (or an admin): may annul, assign, decide."""
        return self.is_admin or (self.is_head and person_id is not None and person_id in self.people)

    @property
    def must_have_second_factor(self) -> bool:
        """Whether the installation wants one of him (LEADDRUM_SECOND_FACTOR)."""
        match settings.SECOND_FACTOR:
            case "all":
                return True
            case "heads":
                return self.is_head
            case "admins":
                return self.is_admin
        return False

    # How the sets are found.

    @cached_property
    def _own(self) -> frozenset[int]:
        member = self.org.people.get(self.person.pk)
        return frozenset(member.departments if member else ())

    @cached_property
    def _headed(self) -> frozenset[int]:
        units = self.org.units.values()
        return frozenset(unit.id for unit in units if self.person.pk in {unit.head, unit.deputy})

    def _below(self, top: frozenset[int]) -> frozenset[int]:
        """The departments and everything below them; a circle in the tree does no harm."""
        found = new = top
        while new:
            new = frozenset(unit.id for unit in self.org.units.values() if unit.parent in new) - found
            found |= new
        return found

    def _turns_here(self, drum: int) -> bool:
        """Whether he, or somebody he answers for, is in the drum's roster."""
        if self.org.policies[drum].roster.owners_department:
            return self.is_head  # an employee sees the leads of his colleagues there, not the whole drum
        return not self.people.isdisjoint(self.org.roster(drum, None))

    def _of_owners_department(self, cycles: QuerySet[Cycle]) -> Q:
        """Leads of drums that turn among the owner's department: a colleague of the owner sees them."""
        drums = [drum for drum in self.org.drums if self.org.policies[drum].roster.owners_department]
        if not drums:
            return Q()
        colleagues = {person for unit in self._own for person in self.org.units[unit].people}
        return Q(owner__in=colleagues) & one_by_one(cycles.filter(drum__in=drums))


def one_by_one(rows: QuerySet[Cycle]) -> Q:
    """That there is such a row, asked of each lead when it is come to. Written as EXISTS, PostgreSQL would rather read
    every cycle there ever was beforehand, half a second for a million, to show thirty leads."""
    return Q(IsNull(Subquery(rows.values("pk")[:1]), False))


class Signed(HttpRequest):
    """A request of a signed-in person."""

    viewer: Viewer


View = Callable[Concatenate[Signed, P], HttpResponseBase]
Page = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def of(request: HttpRequest) -> Viewer | None:
    """Who is signed in, or nobody. An operator's account without a person is nobody here.

    Raises:
        PermissionDenied: he no longer works here.
    """
    if not isinstance(request.user, Account):
        return None
    person = Person.objects.select_related("company").filter(account=request.user).first()
    if person is None:
        return None
    if not person.active:
        raise PermissionDenied(translation.gettext("This person no longer works here."))
    return Viewer(person, person.company, clock.now())


def signed_in(view: View[P]) -> Page[P]:
    """Only for a signed-in person: in his zone, in his language unless he chose another, as ``request.viewer``."""

    @wraps(view)
    def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        viewer = of(request)
        if viewer is None:
            return _to_sign_in(request)
        if _lacks_second_factor(request, viewer):
            return _sent_to(request, resolve_url("second-factor"))
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            translation.activate(viewer.person.language or viewer.company.language)
            request.LANGUAGE_CODE = translation.get_language()
        signed = cast("Signed", request)
        signed.viewer = viewer
        with timezone.override(viewer.zone):
            answer = view(signed, *args, **kwargs)
        answer.setdefault("Cache-Control", "private, no-store")  # clients' data stays in no cache
        return answer

    return page


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if isinstance(request.user, Account) and access.may_found(request.user):
        return redirect("first")
    if isinstance(request.user, Account) and request.user.is_staff:
        return redirect("admin:index")
    if isinstance(request.user, Account):
        raise PermissionDenied(translation.gettext("This account belongs to no person of a company."))
    target = resolve_url("sign-in")
    if request.method == "GET" and request.path != resolve_url("home") and not request.headers.get("HX-Request"):
        target += "?" + urlencode({"next": request.get_full_path()})
    return _sent_to(request, target)


def _sent_to(request: HttpRequest, target: str) -> HttpResponse:
    """To another page; also from a part of a page that was left open."""
    if not request.headers.get("HX-Request"):
        return HttpResponseRedirect(target)
    page = HttpResponse(status=204)
    page["HX-Redirect"] = target
    return page


def _lacks_second_factor(request: HttpRequest, viewer: Viewer) -> bool:
    """Whether the installation wants a second factor of him and he has none yet: then he sets it up before all else."""
    if not viewer.must_have_second_factor or request.session.get(SECOND_FACTOR):
        return False
    if request.resolver_match is not None and request.resolver_match.url_name in WITHOUT_SECOND_FACTOR:
        return False
    has = isinstance(request.user, Account) and second_factor.needed(request.user)
    if has:
        request.session[SECOND_FACTOR] = True
    return not has


def heads_only(view: View[P]) -> Page[P]:
    """Only for heads and admins; others are refused (403)."""

    @wraps(view)
    def guarded(request: Signed, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.viewer.is_head:
            raise PermissionDenied(translation.gettext("This page is for heads of departments."))
        return view(request, *args, **kwargs)

    return signed_in(guarded)


def admins_only(view: View[P]) -> Page[P]:
    """Only for admins of the company; others are refused (403)."""

    @wraps(view)
    def guarded(request: Signed, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.viewer.is_admin:
            raise PermissionDenied(translation.gettext("This page is for administrators."))
        return view(request, *args, **kwargs)

    return signed_in(guarded)
