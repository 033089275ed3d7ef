"""System expansion: what a co-product replaces on the market, as a credit of the process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zuji.datum import LocalText
from zuji.i18n import N_
from zuji.quantity import parse_unit
from zuji.rulebooks import codes
from zuji.rulebooks.context import Context
from zuji.rulebooks.derivation import Term, from_datum, stated
from zuji.rulebooks.strategies.co_product import said
from zuji.study.model import CoProduct, Exchange, Provider, ProviderKind, Role, Substitute, UnitProcess


@dataclass(frozen=True, slots=True)
class Credit:
    """The avoided burden of a co-product: `formula` of the terms, in the unit of the exchange's amount, is negative."""

    exchange: Exchange
    formula: str
    terms: tuple[Term, ...]


def credits_of(
    context: Context, process: UnitProcess, co_products: Sequence[CoProduct], clause: str
) -> tuple[Credit, ...] | None:
    """One credit for each co-product; None, with findings, where one of them does not say all that it takes."""
    found = [_credit(context, process, one, one.substitutes, clause) for one in co_products if one.substitutes]
    complete = tuple(credit for credit in found if credit is not None)
    return complete if len(complete) == len(co_products) else None


def _credit(
    context: Context, process: UnitProcess, product: CoProduct, substitute: Substitute, clause: str
) -> Credit | None:
    problem = _problem(product, substitute)
    if problem is not None:
        context.report(codes.SUBSTITUTE, substitute.place, clause=clause, co_product=product.id,
                       process=process.id, problem=problem)  # fmt: skip
        return None
    amount = substitute.amount or product.amount
    name = product.name or LocalText(product.id, product.id)
    exchange = Exchange(
        id=f"{product.id}#substituted",
        name=LocalText(f"{name.pick('zh')} 替代的产品", f"substituted by {name.pick('en')}"),
        role=Role.AUXILIARY,
        amount=amount,
        provider=Provider(ProviderKind.DATASET, substitute.dataset),
        place=substitute.place,
    )
    label = LocalText(f"被替代的数量（{substitute.reason}）", f"amount that is replaced ({substitute.reason})")
    text, terms = "-(amount)", [from_datum("amount", amount, label)]
    if substitute.amount is None:
        text = "-amount * replaced"
        terms.append(_replaced(substitute))
    context.report(codes.CREDITED, substitute.place, clause=clause, co_product=product.id, process=process.id,
                   dataset=substitute.dataset, reason=substitute.reason)  # fmt: skip
    return Credit(exchange, text, tuple(terms))


def _replaced(substitute: Substitute) -> Term:
    label = LocalText("共生产品中起替代作用的份额", "part of the co-product that replaces something")
    if substitute.share is None:
        return stated("replaced", 1, "1", label, LocalText("未给出，按全部", "not given, taken as all of it"))
    return from_datum("replaced", substitute.share, label, parse_unit("1"))


def _problem(product: CoProduct, substitute: Substitute) -> LocalText | None:
    share, amount = substitute.share, substitute.amount
    if not substitute.dataset:
        return said(N_("no dataset is named"))
    if not substitute.reason:
        return said(N_("no reason says that the alternative is dedicated and dominant"))
    if share is not None and amount is not None:
        return said(N_("both a share and an amount are given"))
    for datum in (share, amount or product.amount):
        if datum is not None and datum.missing:
            return said(N_("an amount is missing ({reason})"), reason=datum.missing)
    if share is not None and not 0 < share.exact * share.unit.factor <= 1:
        return said(N_("the share {share} is not above 0 and at most 1"), share=share.number)
    if (amount or product.amount).exact <= 0:
        return said(N_("the amount {amount} is not above 0"), amount=(amount or product.amount).number)
    return None
