"""Personal details in what people write: found by rules with checksums, and hidden from those who may not read them.

Rules only take what is formed like a detail and passes its check: an IBAN by ISO 7064 mod 97-10 and its country's length, a card by its
issuer's range and Luhn, a German tax id by mod 11,10, a Spanish DNI by mod 23. So numbers of orders and amounts stay readable. A
name is found only where the text says that it is one. What rules cannot know (a name in passing, a nickname, a story that
identifies somebody) a detector of the operator's may find, such as one with a language model; see `Detector`.
"""

from __future__ import annotations

import importlib
import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from touchpath.model.errors import BadInput

#: Texts beyond this many characters are looked at in their first part, and the rest is hidden.
LONGEST = 100_000


@dataclass(frozen=True, slots=True)
class Detail:
    """One personal detail in a text: text[start:end] is of this kind, as in "e-mail" or "phone"."""

    start: int
    end: int
    kind: str


class Detector(Protocol):
    """Finds personal details in a text, in any order; they may overlap. Has to be safe to call from many threads."""

    def __call__(self, text: str) -> Iterable[Detail]: ...


@dataclass(frozen=True, slots=True)
class _Rule:
    """A pattern, and a check of what it found. `group`: which part of the pattern is the detail."""

    kind: str
    pattern: re.Pattern[str]
    holds: Callable[[str], bool] = lambda found: True
    group: int = 0


def find_details(text: str, more: Sequence[Detector] = ()) -> tuple[Detail, ...]:
    """The personal details in a text by the rules and by further detectors: in order, none overlapping another.

    Where two overlap, they become one of the kind of the longer.
    """
    found = [detail for rule in _RULES for detail in _by_rule(rule, text)]
    for detect in (_find_ibans, *more):
        found += [Detail(max(0, one.start), min(len(text), one.end), one.kind) for one in detect(text)]
    found.sort(key=lambda one: (one.start, -one.end))
    apart: list[Detail] = []
    for one in found:
        if one.end <= one.start:
            continue
        if apart and one.start < apart[-1].end:
            last = apart[-1]
            longer = last if last.end - last.start >= one.end - one.start else one
            apart[-1] = Detail(last.start, max(last.end, one.end), longer.kind)
        else:
            apart.append(one)
    return tuple(apart)


def hide_details(text: str, more: Sequence[Detector] = ()) -> str:
    """The text with every personal detail replaced by what it is: "Call me on [phone]".

    A detector that fails hides the whole text: what could not be looked at is not shown.

    >>> hide_details("I'm Zoe, zoe@example.org, card 4111 1111 1111 1111, order 4111111111111112")
    "I'm Zoe, [e-mail], card [card number], order 4111111111111112"
    """
    if not text:
        return text
    try:
        details = find_details(text[:LONGEST], more)
    except Exception:
        return "[not shown: it could not be looked through for personal details]"
    parts, at = [], 0
    for one in details:
        parts += [text[at : one.start], f"[{one.kind}]"]
        at = one.end
    shown = "".join([*parts, text[at:LONGEST]])
    return shown if len(text) <= LONGEST else f"{shown} [the rest is not shown]"


def without_details(texts: Iterable[str], more: Sequence[Detector] = ()) -> tuple[str, ...]:
    """Those of some texts that can be shown to anybody as they are."""
    return tuple(text for text in texts if hide_details(text, more) == text)


def load_detector(name: str) -> Detector:
    """The operator's detector, named as "package.module:function"; raises BadInput when there is none."""
    module, _, attribute = name.partition(":")
    try:
        found: Detector = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise BadInput(
            f"The setting personal_details_detector came as '{name}', which cannot be loaded ({error}). Give package.module:function."
        ) from error
    if not callable(found):
        raise BadInput(f"The setting personal_details_detector came as '{name}', which is no function.")
    return found


def hide_in(value: object, more: Sequence[Detector] = ()) -> object:
    """The same for every text inside a JSON-like value; names of fields stay."""
    if isinstance(value, str):
        return hide_details(value, more)
    if isinstance(value, Mapping):
        return {name: hide_in(one, more) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [hide_in(one, more) for one in value]
    return value


def _by_rule(rule: _Rule, text: str) -> Iterator[Detail]:
    for found in rule.pattern.finditer(text):
        if rule.holds(found.group(rule.group)):
            yield Detail(*found.span(rule.group), rule.kind)


def _find_ibans(text: str) -> Iterator[Detail]:
    """IBANs, however they are grouped: as many letters and digits as the country's have."""
    for start in re.finditer(r"(?<![\w])[A-Za-z]{2}\d{2}", text):
        wanted = _IBAN_LENGTHS.get(start.group()[:2].upper(), 0)
        whole = (
            re.compile(rf"(?:[A-Za-z0-9][ -]?){{{wanted - 1}}}[A-Za-z0-9](?![A-Za-z0-9])").match(text, start.start())
            if wanted
            else None
        )
        if whole and is_iban(whole.group()):
            yield Detail(*whole.span(), "bank account")


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdecimal())


# -- checks -------------------------------------------------------------------------------------------------------------

#: Length of an IBAN by country (SWIFT IBAN registry).
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "CH": 21, "CR": 22, "CY": 28,
    "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23,
    "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28,
    "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24,
    "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TN": 24, "TR": 26,
    "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip


def is_iban(text: str) -> bool:
    """Whether a text is an IBAN: its country's length, and ISO 7064 mod 97-10 (ISO 13616, section 6)."""
    plain = re.sub(r"[\s-]", "", text).upper()
    if len(plain) != _IBAN_LENGTHS.get(plain[:2]) or not plain.isalnum():
        return False
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


def is_card(text: str) -> bool:
    """Whether a text is the number of a payment card: an issuer's range and length (ISO/IEC 7812), and the Luhn check."""
    plain = _digits(text)
    return any(re.fullmatch(brand, plain) for brand in _CARD_BRANDS) and _luhn(plain)


_CARD_BRANDS = (
    r"4(?:\d{12}|\d{15}|\d{18})",
    r"(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}",
    r"3[47]\d{13}",
    r"3(?:0[0-5]|[68]\d)\d{11}",
    r"6(?:011|5\d{2}|4[4-9]\d)\d{12}",
    r"35(?:2[89]|[3-8]\d)\d{12}",
    r"(?:5018|5020|5038|6304|6759|676[1-3])\d{8,15}",
)


def _luhn(digits: str) -> bool:
    doubled = [int(digit) if place % 2 == 0 else sum(divmod(2 * int(digit), 10)) for place, digit in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def is_german_tax_id(text: str) -> bool:
    """Whether a text is a Steuerliche Identifikationsnummer: 11 digits, one digit of the first ten comes two or three times, mod 11,10.

    Source: Bundeszentralamt für Steuern, Informationen zur Berechnung gültiger Prüfziffern; ISO 7064 mod 11,10.
    """
    plain = _digits(text)
    if len(plain) != 11 or plain[0] == "0":
        return False
    counts = sorted(plain[:10].count(digit) for digit in set(plain[:10]))
    if counts[-1] not in (2, 3) or (len(counts) > 1 and counts[-2] > 1):
        return False
    rest = 10
    for digit in plain[:10]:
        total = (int(digit) + rest) % 10 or 10
        rest = total * 2 % 11
    return (11 - rest) % 10 == int(plain[10])


def is_spanish_id(text: str) -> bool:
    """Whether a text is a DNI or NIE: the letter is that of the number mod 23 (Real Decreto 1553/2005; Orden INT/2058/2008)."""
    plain = re.sub(r"[\s.-]", "", text).upper()
    if not re.fullmatch(r"[XYZ]?\d{7,8}[A-Z]", plain):
        return False
    number = plain[:-1].replace("X", "0").replace("Y", "1").replace("Z", "2")
    return len(number) == 8 and "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == plain[-1]


def is_us_social_security(text: str) -> bool:
    """Whether a text may be a US Social Security number: no area 000, 666 or 9xx, no group 00, no serial 0000 (SSA, 2011)."""
    plain = _digits(text)
    return len(plain) == 9 and plain[:3] not in ("000", "666") and plain[0] != "9" and plain[3:5] != "00" and plain[5:] != "0000"


def is_uk_insurance(text: str) -> bool:
    """Whether a text may be a UK National Insurance number: two letters that are given out, six digits, A to D (HMRC, NIM39110)."""
    plain = re.sub(r"\s", "", text).upper()
    return plain[:2] not in ("BG", "GB", "NK", "KN", "TN", "NT", "ZZ")


def is_uk_health(text: str) -> bool:
    """Whether a text is an NHS number: ten digits, the last a mod 11 check (NHS Data Dictionary, NHS NUMBER)."""
    plain = _digits(text)
    if len(plain) != 10:
        return False
    check = 11 - sum(int(digit) * (10 - place) for place, digit in enumerate(plain[:9])) % 11
    return check != 10 and check % 11 == int(plain[9])


def is_phone(text: str) -> bool:
    """Whether digits may be a phone number: 7 to 15 of them (ITU-T E.164), and not a date."""
    plain = _digits(text)
    return 7 <= len(plain) <= 15 and not re.fullmatch(
        r"(?:\d{4}[-./]\d{2}[-./]\d{2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4})", text.strip()
    )


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return ":" not in text or "::" in text or text.count(":") == 7


# -- rules --------------------------------------------------------------------------------------------------------------

_NAME = r"(?:[A-ZÀ-ÖØ-Þ][\w'’-]{0,40}\.?)(?:\s{1,3}(?:(?:van|von|de|der|den|del|la|da|di|bin|al)\s){0,2}[A-ZÀ-ÖØ-Þ][\w'’-]{0,40}){0,2}"
_SAYS_NAME = (
    r"(?:[Mm]y (?:full )?name(?: is|'s|:)|[Nn]ame:|(?:I am|I'm) called|[Ii]ch hei(?:ß|ss)e|[Mm]ein Name ist|[Mm]e llamo|[Mm]i nombre es|"
    r"[Jj]e m['’]appelle|[Mm]on nom est|[Mm]i chiamo|[Ss]igned,?|(?:[Kk]ind|[Bb]est|[Ww]arm) regards,?|[Rr]egards,|[Ss]incerely,?|"
    r"(?:[Mm]it freundlichen|[Vv]iele|[Ll]iebe|[Bb]este) Gr(?:ü|ue)(?:ß|ss)en?,?|[Ss]aludos,?)"
)
_TITLE = r"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Herrn?|Frau|Señora?|Sr|Sra|Don|Doña|Mme|Mlle)\.?"
_CUE_PHONE = (
    r"(?:phones?(?: number)?|call(?: me)?(?: back)?(?: (?:on|at))?|mobile(?: number)?|cell(?:phone)?|tel(?:ephone)?|whatsapp|ring me(?: on)?|"
    r"text me(?: (?:on|at))?|fax|telefon(?:nummer)?|handy(?:nummer)?|rufnummer|ruf(?:t|en sie)? mich(?: unter)?(?: an)?|erreichbar unter|"
    r"teléfono|telefono|móvil|movil|llám[ae]me(?: al)?|llamar al|numéro|portable)"
)
_STREET_EN = r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Way|Place|Pl|Terrace|Square|Sq|Close|Crescent|Highway|Hwy)"
_STREET_DE = r"(?:stra(?:ß|ss)e|str\.|weg|platz|allee|gasse|ring|damm|ufer|chaussee|steig)"
_CITY = r"[A-ZÀ-ÖØ-Þ][\w'’-]{1,40}(?:[ -][A-ZÀ-ÖØ-Þ][\w'’-]{1,40}){0,2}"
_POSTCODE_UK = (
    r"(?:GIR ?0AA|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d|[A-HK-Y]\d\d|\d[A-HJKPSTUW]|[A-HK-Y]\d[ABEHMNPRV-Y]) ?\d[ABD-HJLNP-UW-Z]{2})"
)
_EDGE, _END = r"(?<![\w@])", r"(?![\w@])"
_NUMBER, _NUMBER_END = r"(?<![\w.,/#:-])", r"(?![\w-]|[.,/:]\d)"

#: Words that follow such sayings with a capital without being a name.
_NOT_NAMES = frozenset({"The", "Your", "My", "I", "It", "Not", "Is", "Und", "Die", "Der", "Das", "Please", "Thanks", "Thank"})

_RULES = tuple(
    _Rule(kind, re.compile(pattern), holds, group)
    for kind, pattern, holds, group in (
        ("e-mail", r"(?<![\w.+-])[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[\w-]{1,63}\.)+[^\W\d_]{2,24}\b", lambda found: True, 0),
        ("e-mail", r"(?i)\b[\w.+-]{1,64} ?[\[(](?:at|ät|arroba)[\])] ?[\w-]+(?: ?[\[(](?:dot|punkt|punto)[\])] ?|\.)[a-z]{2,24}\b", lambda found: True, 0),
        ("card number", rf"{_NUMBER}\d(?:[ -]?\d){{11,18}}{_NUMBER_END}", is_card, 0),
        ("national id", rf"{_NUMBER}\d{{3}}[- ]\d{{2}}[- ]\d{{4}}{_NUMBER_END}", is_us_social_security, 0),
        ("national id", rf"(?i)\b(?:ssn|social security(?: number| no\.?)?)\W{{0,3}}(?:is )?(\d{{9}}){_NUMBER_END}", is_us_social_security, 1),
        ("national id", rf"{_NUMBER}\d{{2}} ?\d{{3}} ?\d{{3}} ?\d{{3}}{_NUMBER_END}", is_german_tax_id, 0),
        ("national id", rf"(?i){_EDGE}(?:[XYZ]-?\d{{7}}|\d{{2}}\.?\d{{3}}\.?\d{{3}})[- ]?[A-Z]{_END}", is_spanish_id, 0),
        ("national id", rf"{_EDGE}[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{{2}} ?\d{{2}} ?\d{{2}} ?[A-D]{_END}", is_uk_insurance, 0),
        ("national id", rf"{_NUMBER}\d{{3}}[ -]\d{{3}}[ -]\d{{4}}{_NUMBER_END}", is_uk_health, 0),
        ("national id", rf"(?i)\bNHS(?: number| no\.?)?\W{{0,3}}(?:is )?(\d{{10}}){_NUMBER_END}", is_uk_health, 1),
        ("phone", rf"(?<![\w.#])(?<!\d )(?:\+[1-9]\d{{0,2}}|00[1-9]\d{{0,2}}(?=[ ./-]))(?:[ ./-]?\(0\))?(?:[ ./-]?\(?\d{{1,5}}\)?){{2,6}}{_NUMBER_END}", is_phone, 0),
        ("phone", rf"{_NUMBER}(?:1[-. ])?(?:\([2-9]\d{{2}}\) ?|[2-9]\d{{2}}[-. ])[2-9]\d{{2}}[-. ]\d{{4}}{_NUMBER_END}", is_phone, 0),
        ("phone", rf"{_NUMBER}(?<!\d )\(?0\d{{2,5}}\)?[ /-] ?\d{{3,8}}(?:[ -]\d{{2,6}}){{0,3}}{_NUMBER_END}", is_phone, 0),
        ("phone", rf"{_NUMBER}[6789]\d{{2}}(?: \d{{3}} \d{{3}}| \d{{2}} \d{{2}} \d{{2}}){_NUMBER_END}", is_phone, 0),
        ("phone", rf"(?i)\b{_CUE_PHONE}\b(?: is| ist| es|:)?[^\w+(]{{0,3}}(\+?\(?\d[\d ()./-]{{5,18}}\d){_NUMBER_END}", is_phone, 1),
        ("ip address", r"(?<![\w.])(?<![vV]ersion )(?<![vV]er )\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)", _is_ip, 0),
        ("ip address", r"(?<![\w:.])(?:[0-9A-Fa-f]{1,4}:){2,7}(?::?[0-9A-Fa-f]{1,4}){0,6}(?:::)?(?![\w:])", _is_ip, 0),
        ("address", rf"\b\d{{1,5}}[A-Za-z]?,? (?:[NSEW]\.? )?(?:[A-Z][\w'’.-]{{0,40}} ){{1,3}}{_STREET_EN}\b\.?(?:,? (?:(?:Apt|Apartment|Flat|Unit|Suite|#)\.? ?\w+))?(?:, {_CITY})?(?:,? [A-Z]{{2}} \d{{5}}(?:-\d{{4}})?|,? {_POSTCODE_UK})?", lambda found: True, 0),
        ("address", rf"\b(?:(?:Am|An der|Zum|Zur|Im|Auf der|Alte|Alter|Neue|Große|Kleine) )?[A-ZÄÖÜ][\w.-]{{0,40}}(?: ?(?i:{_STREET_DE})) ?\d{{1,4}} ?[a-z]?\b(?:,? (?:D-)?\d{{5}} {_CITY})?", lambda found: True, 0),
        ("address", rf"\b(?:[Cc]alle|C/|[Aa]v(?:enida|da\.?)|[Pp]laza|[Pp]aseo|[Rr]ue|[Aa]venue|[Vv]ia|[Pp]iazza) ?(?:(?:de|del|la|las|los|el|des|du|di) )*{_CITY},? (?:n[º°] ?)?\d{{1,4}}\b(?:,? \d{{5}} {_CITY})?", lambda found: True, 0),
        ("address", rf"\b{_POSTCODE_UK}\b", lambda found: True, 0),
        ("address", rf"\b(?:D-|PLZ:? )\d{{5}}(?: {_CITY})?", lambda found: True, 0),
        ("name", rf"\b{_SAYS_NAME}\s{{1,4}}({_NAME})", lambda found: found not in _NOT_NAMES, 1),
        ("name", rf"\b(?:[Tt]hanks|[Tt]hank you|[Cc]heers|[Dd]anke|[Gg]racias|[Mm]erci),?\s{{1,3}}({_NAME})\s*\Z", lambda found: found not in _NOT_NAMES, 1),
        ("name", rf"{_TITLE}\s{{1,3}}({_NAME})", lambda found: found not in _NOT_NAMES, 1),
        ("birth date", r"(?i)\b(?:born(?: on)?|date of birth|d\.?o\.?b\.?|geboren(?: am)?|geburtsdatum|fecha de nacimiento|nacid[oa] el)\W{1,3}(?:is |ist |es )?(\d{1,4}[./-]\d{1,2}[./-]\d{2,4}|\d{1,2}\.? (?:de )?[^\W\d_]{3,10}\.?,?(?: de)? \d{4})", lambda found: True, 1),
    )
)  # fmt: skip
