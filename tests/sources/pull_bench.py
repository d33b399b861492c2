"""The parts of a workspace around connections, with a clock that only sleeping moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from touchpath.services.connections import ConnectionService
from touchpath.services.pulling import PullService
from touchpath.sources.pull.choice import choose_source
from touchpath.stores.delta_lake import DeltaLake
from touchpath.stores.pull_states import PullStateFiles
from touchpath.stores.quarantine import QuarantineFile
from touchpath.stores.records import open_records

NOW = datetime(2026, 6, 1, tzinfo=UTC)


class Bench:
    """A lake, a quarantine and records in a folder, and the services that run connections to a server."""

    def __init__(self, folder, server, now=NOW):
        self.folder, self.slept, self.now = folder, [], now
        self.lake, self.quarantine = DeltaLake(folder / "lake"), QuarantineFile(folder / "quarantine.sqlite")
        self.records = open_records(folder / "records.sqlite")
        self.states = PullStateFiles(folder / "connections")
        self.connections = ConnectionService(self.records, choose_source, clock=lambda: self.now)
        self.pulls = PullService(
            self.connections, self.lake, self.quarantine, self.states,
            give_back=self.lake.close, clock=lambda: self.now, sleep=self.sleep,
        )  # fmt: skip
        self.server = server

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)

    def connect(self, **more):
        given = {
            "subdomain": "example",
            "email": "agent@example.com",
            "token": "env:ZENDESK_TOKEN",
            "address": self.server.address,
        }
        return self.connections.add("help", "zendesk", given, **more)

    def rows(self, *columns):
        columns = columns or ("id", "kind")
        found = [row for batch in self.lake.scan(list(columns)) for row in batch.to_pylist()]
        return sorted(tuple(row[name] for name in columns) for row in found)

    def close(self):
        self.lake.close()
        self.records.close()
