"""Schemes as dated data: what a registry allows, on the day that decides, with clause and source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources
from typing import Any

from zuji.datum import LocalText
from zuji.electricity.ledger.hours import local_day, zone
from zuji.electricity.ledger.model import Device
from zuji.electricity.ledger.words import said
from zuji.errors import UnreadableError
from zuji.i18n import N_
from zuji.reading import parse_yaml


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a scheme from one day on."""

    value: Any
    clause: str
    source: str
    verified: bool
    verify_with: LocalText


@dataclass(frozen=True, slots=True)
class Scheme:
    """A scheme and its dated rules."""

    id: str
    name: LocalText
    instrument: str
    """Type of instrument in a study, `credit` for emission credits that convey no attribute."""
    rules: Mapping[str, tuple[tuple[date, Rule], ...]]
    asked_for: Mapping[str, str]

    def rule(self, name: str, *, generated: date, acted: date) -> Rule | None:
        """The rule `name` on the day that decides for it, None where the scheme has none then."""
        day = generated if self.asked_for.get(name) == "generation" else acted
        valid = [rule for since, rule in self.rules.get(name, ()) if since <= day]
        return valid[-1] if valid else None

    def value(self, name: str, default: Any, *, generated: date, acted: date) -> Any:
        """The value of the rule `name`, else `default`."""
        rule = self.rule(name, generated=generated, acted=acted)
        return default if rule is None else rule.value

    def last_day(self, first: date, last: date) -> date | None:
        """The last day on which a certificate for generation from `first` to `last` is valid; None: for ever."""
        value = self.value("validity", {}, generated=last, acted=last)
        if "until" in value:
            return date.fromisoformat(str(value["until"]))
        if "months" not in value:
            return None
        months = int(value["months"])
        if value.get("from") == "start_of_month":
            return _months_on(first.replace(day=1), months) - timedelta(days=1)
        return _months_on(last + timedelta(days=1), months) - timedelta(days=1)

    def not_tradable(self, device: Device, generated: date, acted: date) -> LocalText:
        """Why certificates of `device` are not tradable, empty when they are."""
        limits = self.value("tradable", {}, generated=generated, acted=acted)
        if "technologies" in limits and device.technology not in limits["technologies"]:
            return said(N_("technology {technology}"), technology=device.technology)
        if "connections" in limits and device.connection not in limits["connections"]:
            return said(N_("connection {connection}"), connection=device.connection)
        since = limits.get("commissioned_from", {}).get(device.technology)
        if since and (device.commissioned is None or device.commissioned < date.fromisoformat(str(since))):
            return said(N_("{technology} commissioned before {since}"), technology=device.technology, since=since)
        return LocalText()

    def deliverable(self, device: Device, site: Device, acted: date) -> LocalText:
        """Why generation of `device` does not reach `site` under this scheme, empty when it does."""
        market = self.value("market", {"same_market": True}, generated=acted, acted=acted)
        if market.get("same_country") and device.country != site.country:
            return said(N_("generated in {country}, used in {used}"), country=device.country, used=site.country)
        if market.get("same_market") and device.boundary != site.boundary:
            return said(
                N_("generated in the market {boundary}, used in {used}"), boundary=device.boundary, used=site.boundary
            )
        members = market.get("members")
        if members and not {device.country, site.country} <= set(members):
            outside = device.country if device.country not in members else site.country
            return said(N_("{outside} is not a member of the scheme"), outside=outside)
        if market.get("same_site") and device.site != site.id:
            return said(N_("the line of {id} ends at {end}"), id=device.id, end=device.site or "-")
        return LocalText()

    def wrong_vintage(
        self, generated: tuple[int, int], used: tuple[int, int], device: Device, acted: date
    ) -> LocalText:
        """Why hours [start, end) of generation do not fit hours of use, empty when they do."""
        tz = zone(device.timezone)
        first, last = local_day(generated[0], tz), local_day(generated[1] - 1, tz)
        vintage = self.value("vintage", "any", generated=last, acted=acted)
        years = {first.year, last.year, local_day(used[0], tz).year, local_day(used[1] - 1, tz).year}
        if vintage == "same_hour" and generated != used:
            return said(N_("generated in another hour"))
        if vintage == "same_year" and len(years) > 1:
            return said(N_("generated in {year}, used in {used}"), year=last.year, used=local_day(used[0], tz).year)
        return LocalText()


def _months_on(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = date(year, month + 1, 1)
    after = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), after - timedelta(days=1))


@lru_cache(maxsize=1)
def schemes() -> Mapping[str, Scheme]:
    """Every scheme by id; raises UnreadableError when the data are incomplete."""
    file = "schemes.yaml"
    document = parse_yaml(resources.files(__package__).joinpath(file).read_text(encoding="utf-8"), file)
    if document.findings:
        raise UnreadableError(f"{document.findings[0].place}: {document.findings[0].what('en')}")
    return {id: _scheme(id, body) for id, body in document.data.items()}


def _scheme(id: str, body: Mapping[str, Any]) -> Scheme:
    rules: dict[str, tuple[tuple[date, Rule], ...]] = {}
    for name, dated in body["rules"].items():
        found = [(date.fromisoformat(day), _rule(id, name, one)) for day, one in dated.items() if day != "asked_for"]
        rules[name] = tuple(sorted(found, key=lambda pair: pair[0]))
    asked = {name: str(dated["asked_for"]) for name, dated in body["rules"].items()}
    return Scheme(id, LocalText(body["name"]["zh"], body["name"]["en"]), str(body["instrument"]), rules, asked)


def _rule(id: str, name: str, body: Mapping[str, Any]) -> Rule:
    if not body["verified"] and "verify_with" not in body:
        raise UnreadableError(f"scheme {id}: {name} is not verified and does not say what would verify it")
    words = body.get("verify_with", {})
    checked = LocalText(words.get("zh", ""), words.get("en", ""))
    return Rule(body["value"], str(body["clause"]), str(body["source"]), bool(body["verified"]), checked)
