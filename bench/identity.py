"""Who is whom, for up to 10 million ids and 20 million links, beside tools that only find what is connected, in one run.

    python bench/identity.py [--ids 1_250_000 2_500_000 5_000_000 10_000_000] [--most-peer-ids 1_250_000]

A person has a user id, an e-mail hash and three devices, linked each with each: two links per id. Of every 50 devices one is used by two
people in turn, seen five times with each, and some ids stand on a kiosk. Ours is all of it: the guards, whose each device was and
when, and then 10,000 more links learned. The peers know no guards: SciPy finds connected components of the same links and joins
everybody who ever shared a device; so do networkx and DuckDB's recursive query, up to --most-peer-ids, as they take long.
Each runs in a process of its own; peak is the most memory that process held during the step, the links included.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from touchpath.timelines.arrays import Int64s
from touchpath.timelines.handovers import Sightings
from touchpath.timelines.identity import Identity
from touchpath.timelines.links import Links, Pair

USER, EMAIL, DEVICE = 0, 2, 3
RANKS = np.array([USER, EMAIL, DEVICE, DEVICE, DEVICE], np.uint8)
DAY = 86_400_000_000
LATER = 10_000


class Drawn:
    """The ids of made-up people (people, 5), the ends of their links, and who is seen on the devices that are handed on."""

    def __init__(self, ids: int) -> None:
        self.random = random = np.random.default_rng(11)
        people = ids // RANKS.size
        self.ids = random.permutation(random.integers(-(1 << 62), 1 << 62, people * RANKS.size)).reshape(people, -1)
        self.shared = random.choice(people, people * 3 // 50, replace=False)
        self.others = self.ids[(self.shared + 1 + random.integers(0, people - 1, self.shared.size)) % people, 0]
        one, other = np.triu_indices(RANKS.size, 1)
        first, second = self.ids[:, one], self.ids[:, other]
        ranks = np.broadcast_to(RANKS[one], first.shape).copy(), np.broadcast_to(RANKS[other], first.shape).copy()
        # A shared device is linked with a second user in place of its owner's address; a kiosk with one device in 2,000.
        place = int(np.flatnonzero((one == 1) & (other == 4))[0])
        first[self.shared, place], ranks[0][self.shared, place] = self.others, USER
        kiosks = random.integers(-(1 << 62), 1 << 62, max(1, people // 200_000))
        at_kiosk = random.choice(people, max(30, people // 2_000), replace=False)
        place = int(np.flatnonzero((one == 0) & (other == 3))[0])
        second[at_kiosk, place] = kiosks[random.integers(0, kiosks.size, at_kiosk.size)]
        order = random.permutation(first.size)
        self.first, self.second = first.ravel()[order], second.ravel()[order]
        self.first_rank, self.second_rank = ranks[0].ravel()[order], ranks[1].ravel()[order]

    def all_of(self, devices: Int64s, filed_under: Int64s) -> Sightings:
        """Five with the first person, a week later five with the next one."""
        device = np.repeat(self.ids[self.shared, 4], 10)
        user = np.repeat(np.stack([self.ids[self.shared, 0], self.others], axis=1).ravel(), 5)
        times = np.tile(np.arange(10) * DAY + np.repeat([0, 7 * DAY], 5), self.shared.size)
        found = Sightings.of(device, times, user)
        return found.kept(np.isin(found.devices, devices))

    def new_of(self, devices: Int64s) -> Sightings:
        """None."""
        return Sightings()


def ours(drawn: Drawn, ids: int) -> dict[str, float]:
    """Make a set of the links, resolve it, and learn more links."""
    told: dict[str, float] = {}

    def step(name: str, run: Callable[[], object]) -> object:
        _reset_peak()
        began, worked = time.perf_counter(), time.process_time()
        found = run()
        told[name], told[f"{name} worked"] = time.perf_counter() - began, time.process_time() - worked
        told[f"{name} peak"] = _peak()
        return found

    Identity.of(Links.of([Pair(1, 2, USER, DEVICE)])).learn(Links.of([Pair(2, 3, DEVICE, EMAIL)]))  # Compiles.
    links = step("set", lambda: Links.from_arrays(drawn.first, drawn.second, drawn.first_rank, drawn.second_rank))
    assert isinstance(links, Links)
    identity = step("resolve", lambda: Identity.of(links, drawn))
    assert isinstance(identity, Identity)
    told["links"], told["persons"] = links.size, np.unique(identity.persons.person_keys).size
    told["devices handed on"] = np.unique(identity.persons.spans.devices).size
    users = drawn.ids[: LATER // 2, 0]
    new = Links.from_arrays(
        np.concatenate([users, users]), np.arange(LATER) + 7, np.zeros(LATER, np.uint8), np.full(LATER, DEVICE, np.uint8)
    )
    step("learn", lambda: identity.learn(new, drawn))
    rows = np.random.default_rng(3).integers(0, drawn.ids.shape[0], 1_000_000)
    actors, times = drawn.ids[rows, 4], rows * 1_000_003 % (20 * DAY)
    identity.persons.persons(actors[:10], times[:10])
    step("a million look-ups", lambda: identity.persons.persons(actors, times))
    return told


def scipy(drawn: Drawn, ids: int) -> dict[str, float]:
    """Connected components by SciPy, ids turned to places by numpy."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    _reset_peak()
    began, worked = time.perf_counter(), time.process_time()
    keys, places = np.unique(np.concatenate([drawn.first, drawn.second]), return_inverse=True)
    a, b = places[: drawn.first.size], places[drawn.first.size :]
    count, _ = connected_components(coo_array((np.ones(a.size, np.int8), (a, b)), (keys.size, keys.size)), directed=False)
    return _told(began, worked, count)


def networkx(drawn: Drawn, ids: int) -> dict[str, float]:
    """Connected components by networkx."""
    import networkx as nx

    _reset_peak()
    began, worked = time.perf_counter(), time.process_time()
    graph = nx.Graph()
    graph.add_edges_from(zip(drawn.first.tolist(), drawn.second.tolist(), strict=True))
    return _told(began, worked, sum(1 for _ in nx.connected_components(graph)))


def duckdb(drawn: Drawn, ids: int) -> dict[str, float]:
    """Connected components by DuckDB: the smallest key is handed on along the links until nothing changes."""
    import duckdb
    import pyarrow as pa

    links = pa.table({"a": drawn.first, "b": drawn.second})
    with duckdb.connect() as db:
        db.execute("SET threads = 2")
        db.register("links", links)
        _reset_peak()
        began, worked = time.perf_counter(), time.process_time()
        db.execute("CREATE TABLE edges AS SELECT a, b FROM links UNION ALL SELECT b, a FROM links")
        found = db.execute(
            "WITH RECURSIVE label(id, least) USING KEY (id) AS ("
            " SELECT a, least(a, min(b)) FROM edges GROUP BY a"
            " UNION SELECT edges.b, min(label.least) FROM label JOIN edges ON edges.a = label.id"
            "   JOIN recurring.label AS known ON known.id = edges.b WHERE label.least < known.least GROUP BY edges.b)"
            " SELECT count(DISTINCT least) FROM label"
        ).fetchone()
        return _told(began, worked, int(found[0]) if found else 0)


def _told(began: float, worked: float, persons: int) -> dict[str, float]:
    seconds, used = time.perf_counter() - began, time.process_time() - worked
    return {"resolve": seconds, "resolve worked": used, "resolve peak": _peak(), "persons": persons}


def _reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _peak() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


SIDES: dict[str, Callable[[Drawn, int], dict[str, float]]] = {
    "ours": ours,
    "scipy": scipy,
    "networkx": networkx,
    "duckdb": duckdb,
}


def run(side: str, ids: int) -> dict[str, float]:
    """One side and size, in this process."""
    return SIDES[side](Drawn(ids), ids)


def main() -> None:
    """Run every side for every size and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sizes = [1_250_000, 2_500_000, 5_000_000, 10_000_000]
    parser.add_argument("--ids", type=int, nargs="+", default=sizes)
    parser.add_argument("--most-peer-ids", type=int, default=sizes[0])
    chosen = parser.parse_args()
    for ids in chosen.ids:
        for side in SIDES:
            if side in ("networkx", "duckdb") and ids > chosen.most_peer_ids:
                continue
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                told = pool.apply(run, (side, ids))
            print(
                f"{ids:>10,} ids  {side:<9} resolve {told['resolve']:7.2f} s ({told['resolve worked']:7.2f} s of a processor, "
                f"peak {told['resolve peak']:6,.0f} MiB), {told['persons']:,.0f} persons",
                flush=True,
            )
            for name in ("set", "learn", "a million look-ups"):
                if name in told:
                    worked = told[f"{name} worked"]
                    print(
                        f"{'':>16}  {name} {told[name]:.2f} s ({worked:.2f} s of a processor, peak {told[f'{name} peak']:,.0f} MiB)",
                        flush=True,
                    )
            if side == "ours":
                print(f"{'':>16}  {told['links']:,.0f} links, {told['devices handed on']:,.0f} devices handed on", flush=True)


if __name__ == "__main__":
    main()
