"""People who do not exist, as two systems know them: with typos, swaps, nicknames, moved houses, twins, couples and namesakes."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

COLUMNS = ("id", "First name", "Last name", "E-mail", "Phone", "Street", "Postcode", "City", "Birthday")
_SYLLABLES = [
    "ba",
    "be",
    "bo",
    "da",
    "de",
    "do",
    "fa",
    "fi",
    "ga",
    "go",
    "ha",
    "he",
    "ja",
    "jo",
    "ka",
    "ke",
    "ko",
    "la",
    "le",
    "lo",
    "ma",
    "me",
    "mo",
    "na",
    "ne",
    "no",
    "pa",
    "pe",
    "ra",
    "re",
    "ro",
    "sa",
    "se",
    "so",
    "ta",
    "te",
    "to",
    "va",
    "vi",
    "wa",
]
_GIVEN = (
    *(
        "Robert",
        "William",
        "Margaret",
        "Elizabeth",
        "Katharina",
        "Alexander",
        "Thomas",
        "Johanna",
        "Susanne",
        "Michael",
        "Andreas",
    ),
    *(
        "José",
        "Zoë",
        "Søren",
        "Anna",
        "Peter",
        "Laura",
        "Daniel",
        "Sophie",
        "Matthias",
        "Christine",
        "Friedrich",
        "Helena",
        "Ingrid",
    ),
    *(
        "Oskar",
        "Paula",
        "Quentin",
        "Rosa",
        "Tilda",
        "Ulrich",
        "Vera",
        "Wanda",
        "Xaver",
        "Yvonne",
        "Bruno",
        "Clara",
        "Diego",
        "Emil",
    ),
)
_NICK = {
    "Robert": "Bob",
    "William": "Bill",
    "Margaret": "Peggy",
    "Elizabeth": "Liz",
    "Katharina": "Kathi",
    "Alexander": "Alex",
    "Thomas": "Tom",
    "Johanna": "Hanna",
    "Michael": "Mike",
    "Matthias": "Matze",
}


@dataclass(frozen=True)
class Made:
    """One row of one system. who: the person it is about, which no system knows."""

    who: int
    id: str
    given: str
    family: str
    email: str
    phone: str
    street: str
    postcode: str
    city: str
    born: str

    def cells(self) -> tuple[str, ...]:
        """The row as it stands in a file."""
        return (self.id, self.given, self.family, self.email, self.phone, self.street, self.postcode, self.city, self.born)


@dataclass
class Town:
    """Makes people, always the same ones for the same seed."""

    seed: int
    people: list[Made] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self._families = [self._word(2, 4).capitalize() for _ in range(400)]
        self._streets = [
            self._word(2, 4).capitalize() + self.random.choice(("straße", " Road", "weg", " Lane")) for _ in range(150)
        ]
        self._towns = [(f"{self.random.randint(10000, 99999)}", self._word(2, 3).capitalize()) for _ in range(40)]

    def _word(self, fewest: int, most: int) -> str:
        return "".join(self.random.choice(_SYLLABLES) for _ in range(self.random.randint(fewest, most)))

    def person(self) -> Made:
        """Somebody new."""
        who, given, family = len(self.people), self.random.choice(_GIVEN), self.random.choice(self._families)
        postcode, city = self.random.choice(self._towns)
        born = f"{self.random.randint(1940, 2006)}-{self.random.randint(1, 12):02}-{self.random.randint(1, 28):02}"
        email = f"{given}.{family}{self.random.randint(1, 999)}@{self.random.choice(('mail', 'post', 'web'))}.example".lower()
        made = Made(who, "", given, family, email, self._phone(), self._street(), postcode, city, born)
        self.people.append(made)
        return made

    def besides(self, other: Made, *, twin: bool) -> Made:
        """A twin, or somebody else, who lives with somebody: same name and house, another person."""
        given = self.random.choice([name for name in _GIVEN if name[0] != other.given[0]])
        new = self.person()
        email = f"{given}.{other.family}{self.random.randint(1, 999)}@mail.example".lower()
        new = replace(other, who=new.who, given=given, email=email, phone=new.phone, born=other.born if twin else new.born)
        self.people[-1] = new
        return new

    def namesake(self, other: Made) -> Made:
        """Another person of the same name, elsewhere."""
        new = replace(self.person(), given=other.given, family=other.family)
        self.people[-1] = new
        return new

    def _phone(self) -> str:
        return f"+49 {self.random.randint(150, 179)} {self.random.randint(1000000, 9999999)}"

    def _street(self) -> str:
        return f"{self.random.choice(self._streets)} {self.random.randint(1, 120)}"

    def as_told(self, made: Made, id: str) -> Made:
        """The same person as another system has them: some of it wrong, old or missing."""
        chance = self.random.random
        told = replace(made, id=id)
        if chance() < 0.35:
            told = replace(told, email=self._typo(told.email) if chance() < 0.4 else "")
        if chance() < 0.35:
            told = replace(told, phone=self._phone() if chance() < 0.4 else "")
        elif chance() < 0.5:
            told = replace(told, phone=told.phone.replace("+49 ", "0").replace(" ", "-"))
        if chance() < 0.2:
            postcode, city = self.random.choice(self._towns)
            told = replace(told, street=self._street(), postcode=postcode, city=city)
        if chance() < 0.3:
            told = replace(told, given=_NICK.get(told.given, told.given.upper()))
        if chance() < 0.12:
            told = replace(told, family=self._typo(told.family))
        if chance() < 0.03:
            told = replace(told, given=told.family, family=told.given)
        if chance() < 0.15:
            told = replace(told, born="" if chance() < 0.5 else self._typo_in_day(told.born))
        return told

    def _typo(self, text: str) -> str:
        place = self.random.randrange(1, max(2, len(text) - 2))
        if self.random.random() < 0.5:
            return text[:place] + text[place + 1 :]
        return text[:place] + text[place + 1 : place + 2] + text[place : place + 1] + text[place + 2 :]

    def _typo_in_day(self, born: str) -> str:
        return born[:8] + f"{self.random.randint(1, 28):02}"


def two_systems(seed: int, persons: int) -> tuple[list[Made], list[Made]]:
    """Who is known to a shop, who to a help desk; about two thirds are known to both."""
    town = Town(seed)
    for n in range(persons):
        made = town.person()
        if n % 25 == 0:
            town.besides(made, twin=True)
        elif n % 25 == 1:
            town.besides(made, twin=False)
        elif n % 25 == 2:
            town.namesake(made)
    shop = [replace(made, id=f"shop-{made.who}") for made in town.people if made.who % 6 != 0]
    desk = [town.as_told(made, f"desk-{made.who}") for made in town.people if made.who % 6 != 1]
    town.random.shuffle(desk)
    return shop, desk


def truth(first: Sequence[Made], second: Sequence[Made]) -> set[tuple[str, str]]:
    """The pairs of ids that are one person."""
    of = {made.who: made.id for made in first}
    return {(of[made.who], made.id) for made in second if made.who in of}


def write_people(path: Path, people: Iterable[Made]) -> Path:
    """A CSV file of people."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(made.cells() for made in people)
    return path
