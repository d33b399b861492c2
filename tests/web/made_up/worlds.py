"""Two made-up models, an ordinary shop and one that is as long and as hostile as text gets; the span that both have signals of."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from touchpath.model.experience import (
    Brand,
    Dimension,
    Experience,
    Journey,
    Persona,
    Product,
    ProductFamily,
    Question,
    Stage,
    Step,
    Task,
    Touchpoint,
)
from touchpath.model.rules import Condition, EventRule
from touchpath.model.time import Period

SPAN = Period(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))
HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'
RTL = "لم أتمكن من إتمام الدفع لأن النموذج رفض رقم هاتفي مرتين"
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft and everything after it"


def rule(kind: str) -> EventRule:
    return EventRule((kind,))


def step(
    id: str,
    title: str,
    *touchpoints: str,
    tasks: tuple[str, ...] = (),
    questions: tuple[str, ...] = ("csat",),
    **more: object,
) -> Step:
    """A step that is passed with a signal of its own."""
    return Step(id, title, rule(f"{id}.done"), touchpoints=touchpoints, tasks=tasks, questions=questions, **more)  # type: ignore[arg-type]


def shop_stages() -> tuple[Stage, ...]:
    """Six steps in four stages."""
    see = step("see", "See a campaign", "mail", "ad", use="before")
    look = step("look", "Look at a product", "site", tasks=("find",))
    basket = step("basket", "Fill the basket", "site", questions=())
    pay = step("pay", "Pay", "site", "wallet", tasks=("checkout",), moment_of_truth=True, hand_off=True)
    deliver = step("deliver", "Get the parcel", "courier", use="after", hand_off=True)
    contact = step("contact", "Contact us", "phone", "chat", use="after", optional=True, questions=("csat", "nps"))
    return (
        Stage("discover", "Discover", (see, look)),
        Stage("order", "Order", (basket, pay)),
        Stage("receive", "Receive", (deliver,)),
        Stage("care", "Get help", (contact,)),
    )


def shop_journeys() -> tuple[Journey, ...]:
    """To buy, and to send it back."""
    stages = shop_stages()
    buy = Journey(
        "buy",
        "Buy something",
        stages,
        purpose="Get what I need without worry",
        owner="Checkout team",
        window=timedelta(days=30),
        products=("web",),
        contacts=rule("ticket.opened"),
    )
    return buy, Journey("return", "Send it back", stages[2:], purpose="Get my money back")


def shop_touchpoints() -> tuple[Touchpoint, ...]:
    return (
        Touchpoint("mail", "Campaign mail"),
        Touchpoint("ad", "Advertisement", direct=False),
        Touchpoint("site", "Web site"),
        Touchpoint("wallet", "Wallet"),
        Touchpoint("courier", "Courier", "physical"),
        Touchpoint("phone", "Telephone", "human"),
        Touchpoint("chat", "Chat", "human"),
    )


def shop_personas() -> tuple[Persona, ...]:
    """Many people, few, and nobody."""
    day, never = date(2027, 3, 31), EventRule(("never.done",), (Condition("properties.plan", "in", ("a", "b")),))
    return (
        Persona("regular", "Regulars", rule("order.placed"), "Speed", "Twelve interviews", day, "Buy again", HOSTILE, "Ada"),
        Persona("few", "Few people", rule("gift.wrapped")),
        Persona("nobody", "Nobody yet", never),
    )


def shop_tasks() -> tuple[Task, ...]:
    return (
        Task("checkout", "Check out", rule("checkout.started"), rule("order.placed"), product="web"),
        Task("find", "Find a product", rule("search.started"), rule("product.viewed"), product="web"),
    )


def shop_questions() -> tuple[Question, ...]:
    return (
        Question("csat", "How satisfied were you with this step?", rule("survey.answered"), 1, 5, "csat"),
        Question("nps", "How likely are you to recommend us?", rule("survey.answered"), 0, 10, "nps"),
        Question("sus1", "I would use it often", rule("survey.answered"), 1, 5, "sus", "sus", 1),
    )


def shop_experience() -> Experience:
    products = (Product("web", "Web shop"), Product("app", "App"))
    return Experience(
        brand=Brand("shop", "The Shop"),
        families=(ProductFamily("retail", "Retail", products),),
        touchpoints=shop_touchpoints(),
        dimensions=(Dimension("channel", "Channel", "channel"), Dimension("plan", "Plan", "properties.plan", "person", "latest")),
        personas=shop_personas(),
        tasks=shop_tasks(),
        questions=shop_questions(),
        journeys=shop_journeys(),
        about="Simulated: a made-up shop with 12,000 customers.",
    )


def long_experience() -> Experience:
    stages = tuple(
        Stage(f"stage{s}", f"{LONG} {s}" if s == 2 else f"Stage {s}", tuple(
            Step(f"s{s}-{i}", RTL if (s, i) == (0, 1) else f"{LONG} {i}" if i == 2 else f"Step {i}", rule("x.done"), touchpoints=(HOSTILE,), questions=("csat",))
            for i in range(5)))
        for s in range(8)
    )  # fmt: skip
    csat = Question("csat", HOSTILE, rule("survey.answered"), 1, 5, "csat")
    journeys = (Journey("forty", f"{LONG} {HOSTILE}", stages, purpose=RTL),)
    return Experience(
        Brand("long", LONG), (ProductFamily("f", "F", (Product("p", f"{LONG} {RTL}"),)),), questions=(csat,), journeys=journeys
    )
