"""What people write, put together from small grammars in English, German and Spanish: no real person wrote any of it."""

from __future__ import annotations

from itertools import product

import numpy as np
import pyarrow as pa
from numpy.random import Generator
from numpy.typing import NDArray

from touchpath.sources.demo.season import Int64s
from touchpath.sources.demo.sheet import Coded

BAD, MIXED, GOOD = range(3)
_LANGUAGES = ("en", "de", "es")
_MOODS = ("bad", "mixed", "good")

_OPENERS = {
    "en": {"bad": ("Sorry, but", "Honestly,", "Not happy:", "Third time now:"), "mixed": ("Mostly fine, but", "All right, though"),
           "good": ("Love it:", "Great,", "Thank you,", "No complaints,")},
    "de": {"bad": ("Leider", "Ganz ehrlich:", "Schade:"), "mixed": ("Im Grunde gut, aber", "Ganz okay, nur"),
           "good": ("Super,", "Danke,", "Sehr zufrieden,")},
    "es": {"bad": ("Lo siento, pero", "La verdad,", "Qué pena:"), "mixed": ("En general bien, aunque", "Correcto, pero"),
           "good": ("Genial,", "Gracias,", "Muy contenta,")},
}  # fmt: skip

_CORES: dict[str, dict[str, dict[str, tuple[str, ...]]]] = {
    "delivery": {
        "en": {"bad": ("the parcel came days after the promised date", "the seeds arrived dry and the box was crushed",
                       "nobody told me that the delivery was late"),
               "mixed": ("tracking stopped half way", "the courier left it with a neighbour"),
               "good": ("it came a day early", "everything was packed with care", "the plants looked fresh")},
        "de": {"bad": ("das Paket kam Tage zu spät", "die Erde lag im ganzen Karton", "niemand hat mir Bescheid gesagt"),
               "mixed": ("die Sendungsverfolgung blieb stehen",), "good": ("alles kam pünktlich an", "sehr gut verpackt")},
        "es": {"bad": ("el paquete llegó días tarde", "la caja venía rota"), "mixed": ("el seguimiento no se movía",),
               "good": ("llegó antes de lo previsto", "todo muy bien embalado")},
    },
    "relationship": {
        "en": {"bad": ("the app keeps losing my garden", "support never called back", "seeds have become too expensive"),
               "mixed": ("the choice of seeds could be larger", "the pump is a bit loud"),
               "good": ("fresh basil on my table all year", "my kids water the plants by themselves", "it simply works")},
        "de": {"bad": ("die App verliert ständig die Verbindung", "der Kundendienst meldet sich nicht"),
               "mixed": ("die Auswahl könnte größer sein", "die Pumpe ist etwas laut"),
               "good": ("frische Kräuter das ganze Jahr", "es funktioniert einfach")},
        "es": {"bad": ("la aplicación pierde la conexión", "nadie contesta en atención al cliente"),
               "mixed": ("hay pocas semillas para elegir",), "good": ("albahaca fresca todo el año", "funciona sin más")},
    },
    "support": {
        "en": {"bad": ("I had to explain the same problem three times", "the answer did not fit my question"),
               "mixed": ("solved, but it took days",), "good": ("solved in one call", "a friendly person who knew the answer")},
        "de": {"bad": ("ich musste alles dreimal erklären",), "mixed": ("gelöst, aber erst nach Tagen",),
               "good": ("in einem Gespräch gelöst", "sehr freundlich und schnell")},
        "es": {"bad": ("tuve que explicar lo mismo tres veces",), "mixed": ("resuelto, pero tardó días",),
               "good": ("resuelto en una llamada", "muy amables")},
    },
    "checkout": {
        "en": {"bad": ("the form rejected my address twice", "the pay button did nothing"), "mixed": ("too many fields",),
               "good": ("paid in a minute", "clear and quick")},
        "de": {"bad": ("das Formular nahm meine Adresse nicht an",), "mixed": ("zu viele Felder",), "good": ("schnell und klar",)},
        "es": {"bad": ("el formulario rechazó mi dirección",), "mixed": ("demasiados campos",), "good": ("rápido y claro",)},
    },
    "setup": {
        "en": {"bad": ("the garden did not find my network", "I gave up on the app and called"),
               "mixed": ("the pictures in the guide are too small",), "good": ("running within ten minutes", "the app led me through")},
        "de": {"bad": ("der Garten fand mein WLAN nicht",), "mixed": ("die Bilder sind zu klein",), "good": ("in zehn Minuten fertig",)},
        "es": {"bad": ("no encontraba mi red",), "mixed": ("las imágenes son pequeñas",), "good": ("lista en diez minutos",)},
    },
    "late": {
        "en": {"bad": ("where is my parcel, it was promised for yesterday", "my order should have been here by now")},
        "de": {"bad": ("wo bleibt mein Paket, es sollte gestern kommen",)},
        "es": {"bad": ("dónde está mi paquete, tenía que llegar ayer",)},
    },
    "order": {
        "en": {"bad": ("one bag of seeds is missing", "the lamp arrived with a crack", "I ordered the wrong size")},
        "de": {"bad": ("eine Tüte Samen fehlt", "die Lampe hat einen Sprung")},
        "es": {"bad": ("falta una bolsa de semillas", "la lámpara llegó rota")},
    },
    "garden": {
        "en": {"bad": ("the garden does not connect", "the pump runs but there is no water", "the light stays off")},
        "de": {"bad": ("der Garten verbindet sich nicht", "die Pumpe läuft ohne Wasser")},
        "es": {"bad": ("el jardín no se conecta", "la luz no se enciende")},
    },
    "billing": {
        "en": {"bad": ("I was charged twice this month", "my card was declined although it is valid")},
        "de": {"bad": ("ich wurde doppelt belastet", "meine Karte wurde abgelehnt")},
        "es": {"bad": ("me cobraron dos veces", "rechazaron mi tarjeta")},
    },
}  # fmt: skip

_CLOSERS = {
    "en": {"bad": (".", ". Please fix this.", ". I expected more."), "mixed": (".",), "good": (".", "!", ". Keep going!")},
    "de": {"bad": (".", ". Bitte kümmern Sie sich darum."), "mixed": (".",), "good": (".", "!", ". Weiter so!")},
    "es": {"bad": (".", ". Arréglenlo, por favor."), "mixed": (".",), "good": (".", "!", ". Sigan así.")},
}

TOPICS = tuple(_CORES)


def _texts() -> tuple[pa.Array, NDArray[np.int64], NDArray[np.int64]]:
    """Every text the grammars make; where those of a (topic, mood, language) begin, and how many there are."""
    texts: list[str] = []
    begins = np.zeros((len(TOPICS), len(_MOODS), len(_LANGUAGES)), np.int64)
    counts = np.zeros_like(begins)
    for (t, topic), (m, mood), (n, language) in product(enumerate(TOPICS), enumerate(_MOODS), enumerate(_LANGUAGES)):
        cores = _CORES[topic][language].get(mood, ())
        made = [f"{o} {c}{e}" for o, c, e in product(_OPENERS[language][mood], cores, _CLOSERS[language][mood])]
        begins[t, m, n], counts[t, m, n] = len(texts), len(made)
        texts += made
    return pa.array(texts), begins, counts


_TEXTS, _BEGINS, _COUNTS = _texts()


def draw_texts(rng: Generator, topic: Int64s, mood: Int64s, language: Int64s, share: float = 1.0) -> pa.Array:
    """A text per row for codes into TOPICS, moods and languages; a `share` of rows has one, the others null."""
    count = _COUNTS[topic, mood, language]
    place = _BEGINS[topic, mood, language] + (rng.random(topic.size) * count).astype(np.int64)
    return Coded(_TEXTS, np.where((rng.random(topic.size) < share) & (count > 0), place, -1)).texts()
