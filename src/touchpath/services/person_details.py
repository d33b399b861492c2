"""What tells people apart who share no id: names, addresses, telephone numbers, written alike so that they can be compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

from touchpath.model.errors import BadInput, unknown

#: What can be compared. A column `name` holds the given and the family name in one.
FIELDS = ("given", "family", "email", "phone", "street", "postcode", "city", "born")
COLUMN_FIELDS = ("name", *FIELDS)

#: Names of columns that are understood, letters only.
_HEADERS: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "fullname", "displayname", "customername", "contactname", "personname"),
    "given": ("given", "givenname", "firstname", "first", "forename", "vorname", "prenom"),
    "family": ("family", "familyname", "lastname", "last", "surname", "nachname", "nom"),
    "email": ("email", "emailaddress", "mail", "emailadresse", "primaryemail"),
    "phone": ("phone", "phonenumber", "telephone", "mobile", "mobilephone", "tel", "telefon", "handy"),
    "street": ("street", "address", "streetaddress", "addressline", "strasse", "anschrift", "adresse"),
    "postcode": ("postcode", "postalcode", "zip", "zipcode", "plz"),
    "city": ("city", "town", "locality", "ort", "stadt", "ville"),
    "born": ("born", "birthday", "birthdate", "dateofbirth", "dob", "geburtsdatum"),
}
#: Short forms of given names, with the name that they are short for; written as `plain_text` writes.
_SHORT_FORMS = {
    short: name
    for name, shorts in {
        "robert": "bob bobby rob robbie bert",
        "william": "bill billy will willy liam",
        "richard": "rick ricky dick rich",
        "michael": "mike mick micky michi",
        "thomas": "tom tommy",
        "alexander": "alex sascha sandy xander",
        "alexandra": "alexa sandra",
        "james": "jim jimmy jamie",
        "john": "jack johnny jon",
        "johannes": "hannes hans jo",
        "joseph": "joe joey sepp",
        "edward": "ed eddie ted ned",
        "charles": "charlie chuck",
        "daniel": "dan danny",
        "david": "dave davey",
        "anthony": "tony",
        "andrew": "andy drew",
        "andreas": "andi",
        "matthew": "matt",
        "matthias": "matze hias",
        "christopher": "chris kit",
        "benjamin": "ben benny",
        "samuel": "sam sammy",
        "nicholas": "nick nicky",
        "stephen": "steve",
        "frederick": "fred freddy",
        "friedrich": "fritz",
        "margaret": "peggy maggie meg greta",
        "elizabeth": "liz lizzy beth betty eliza",
        "elisabeth": "lisa lisi sissi elli",
        "katharina": "kathi kati katja",
        "catherine": "cathy kate katie kathy",
        "johanna": "hanna jo hanni",
        "susanne": "susi sanne",
        "susan": "sue susie",
        "jennifer": "jen jenny",
        "patricia": "pat patty trish",
        "rebecca": "becky becca",
        "deborah": "deb debbie",
        "barbara": "barb babs",
        "theresa": "tess terry resi",
        "victoria": "vicky tori",
        "josephine": "josie fine",
    }.items()
    for short in shorts.split()
}
_SPELLED_OUT = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_NO_LETTER = re.compile(r"[^\w]+|_")
_TITLES = frozenset(["mr", "mrs", "ms", "miss", "dr", "prof", "herr", "frau", "sir", "mme", "monsieur", "madame"])
_STREET_WORDS = {"strasse": "str", "street": "st", "road": "rd", "avenue": "ave", "lane": "ln", "platz": "pl"}
_DAY_FIRST = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})(?:[T ].*)?")
#: Of a telephone number, so many last digits are compared: without country and trunk prefix.
_PHONE_DIGITS = 9
_SHORTEST_PHONE = 6


def plain_text(text: str) -> str:
    """Lower case without accents and punctuation, words apart by one blank; "" when nothing is left.

    >>> plain_text(" O'Brien-Müller ")
    'o brien muller'
    """
    letters = unicodedata.normalize("NFKD", text.casefold().translate(_SPELLED_OUT))
    return " ".join(_NO_LETTER.sub(" ", "".join(one for one in letters if not unicodedata.combining(one))).split())


def plain_email(text: str) -> str:
    """Lower case, without what follows a plus before the at sign; "" for what is no address."""
    name, _, domain = text.strip().lower().rpartition("@")
    name = name.partition("+")[0]
    return f"{name}@{domain}" if name and "." in domain else ""


def plain_phone(text: str) -> str:
    """The last nine digits, which leave out how a country or trunk is dialled; "" for what is too short to be a number."""
    digits = "".join(one for one in text if one.isascii() and one.isdigit())
    return digits[-_PHONE_DIGITS:] if len(digits) >= _SHORTEST_PHONE else ""


def plain_street(text: str) -> str:
    """A street with its number, the usual words cut short."""
    words = plain_text(text).split()
    short = [_STREET_WORDS.get(word, word) for word in words]
    return " ".join(re.sub(r"(?<=\w)strasse$", "str", word) for word in short)


def plain_day(text: str) -> str:
    """A day of birth as 1980-01-31, from that or from 31.1.1980 or 31/1/1980 (day first); "" for what is none."""
    text = text.strip()
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day = found.groups()
    elif found := _DAY_FIRST.fullmatch(text):
        day, month, year = found.groups()
    else:
        return ""
    return f"{year}-{int(month):02}-{int(day):02}" if 1 <= int(month) <= 12 and 1 <= int(day) <= 31 else ""


def split_name(text: str) -> tuple[str, str]:
    """Given and family name of a whole one: "Ana Maria Silva" and "Silva, Ana Maria" alike; titles are left out."""
    family, comma, given = text.partition(",")
    if comma:
        return _untitled(given), _untitled(family)
    words = _untitled(text).split()
    return (" ".join(words[:-1]), words[-1]) if len(words) > 1 else ("", " ".join(words))


def _untitled(text: str) -> str:
    return " ".join(word for word in plain_text(text).split() if word not in _TITLES)


def full_form(given: str) -> str:
    """The first given name, a usual short form spelled out: "bob" is "robert"."""
    first = given.split(" ", 1)[0]
    return _SHORT_FORMS.get(first, first)


_PLAIN: Mapping[str, Callable[[str], str]] = {
    "given": _untitled,
    "family": _untitled,
    "email": plain_email,
    "phone": plain_phone,
    "street": plain_street,
    "postcode": lambda text: plain_text(text).replace(" ", ""),
    "city": plain_text,
    "born": plain_day,
}


def plain_details(cells: Mapping[str, str]) -> dict[str, str]:
    """What is known of somebody, by FIELDS, written so that it can be compared; cells by COLUMN_FIELDS. "" = not known."""
    found = {field: _PLAIN[field](cells.get(field) or "") for field in FIELDS}
    if cells.get("name") and not (found["given"] or found["family"]):
        found["given"], found["family"] = split_name(cells["name"])
    return found


def recognise_columns(names: tuple[str, ...], told: Mapping[str, str]) -> dict[str, str]:
    """Which column holds which field, by its name or as told; raises BadInput when a told one is not there."""
    for field, column in told.items():
        if field not in COLUMN_FIELDS:
            raise BadInput(unknown("field", field, COLUMN_FIELDS))
        if column not in names:
            raise BadInput(unknown("column", column, names))
    taken = dict(told)
    for name in names:
        plain = plain_text(name).replace(" ", "")
        for field, headers in _HEADERS.items():
            if plain in headers and field not in taken and name not in told.values():
                taken[field] = name
    return taken
