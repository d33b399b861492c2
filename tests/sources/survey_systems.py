"""Made-up accounts of survey tools that list, page and limit as their documentation says."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from datetime import datetime

from vendor_server import Answered, not_let_in

SECRET = "s3cret-of-surveys"


def numbered(count, make):
    return [make(number) for number in range(1, count + 1)]


class Typeform:
    """Forms with responses: newest first, `since`, `before` a token, `page_size`, `response_type`."""

    def __init__(self, forms, most=1000):
        self.forms, self.most, self.gone, self.dying = forms, most, set(), set()

    def __call__(self, asked):
        if asked.headers.get("authorization") != f"Bearer {SECRET}":
            return not_let_in()
        parts = asked.path.strip("/").split("/")
        if parts == ["forms"]:
            first = (int(asked.query.get("page", 1)) - 1) * int(asked.query.get("page_size", 10))
            ids = sorted(self.forms)[first : first + int(asked.query.get("page_size", 10))]
            return {"total_items": len(self.forms), "items": [{"id": id} for id in ids]}
        form = self.forms.get(parts[1])
        if form is None:
            return Answered(404, {"code": "FORM_NOT_FOUND"})
        if len(parts) == 2:
            return {"id": parts[1], "title": f"Form {parts[1]}", "fields": form["fields"], "theme": {"href": "x"}}
        return self._responses(asked, form["responses"])

    def _responses(self, asked, responses):
        wanted = asked.query.get("response_type", "completed").split(",")
        moment = "landed_at" if "partial" in wanted else "submitted_at"
        found = [one for one in responses if one.get("response_type", "completed") in wanted]
        found = [one for one in found if one[moment][:19] >= asked.query["since"]]
        found.sort(key=lambda one: (one[moment], one["token"]), reverse=True)
        before = asked.query.get("before")
        if before:
            if before in self.gone:
                responses[:] = [one for one in responses if one["token"] not in self.dying]
                return Answered(400, {"code": "VALIDATION_ERROR", "description": "unknown token"})
            found = found[[one["token"] for one in found].index(before) + 1 :]
        return {"total_items": len(found), "page_count": 1, "items": found[: min(self.most, int(asked.query["page_size"]))]}


def typeform_response(number, minute=0, **more):
    moment = f"2026-03-01T09:{minute % 60:02}:{number % 60:02}Z"
    return {
        "token": f"t{number:04}", "response_id": f"t{number:04}", "landed_at": "2026-03-01T08:00:00Z", "submitted_at": moment,
        "hidden": {"user_id": f"u{number}"}, "answers": [{"type": "number", "number": number % 11, "field": {"id": "Nps1", "type": "nps"}}], **more,
    }  # fmt: skip


class SurveyMonkey:
    """Surveys with responses: bulk pages in the order of `date_modified`, and the limits of requests in the headers."""

    def __init__(self, surveys, minute=1000, day=100_000, before_page=None):
        self.surveys, self.minute, self.day, self.before_page = surveys, minute, day, before_page

    def __call__(self, asked):
        if asked.headers.get("authorization") != f"Bearer {SECRET}":
            return not_let_in()
        over = self.day <= 0 or self.minute <= 0
        self.minute, self.day = max(0, self.minute - 1), max(0, self.day - 1)
        limit = "X-Ratelimit-App-Global"
        headers = {
            f"{limit}-Minute-Remaining": str(self.minute), f"{limit}-Minute-Reset": "30",
            f"{limit}-Day-Remaining": str(self.day), f"{limit}-Day-Reset": "7200",
        }  # fmt: skip
        if over:
            error = {"error": {"id": "1040", "name": "Rate limit reached", "http_status_code": 429}}
            self.minute = 1000
            return Answered(429, error, headers)
        return Answered(200, self._found(asked), headers)

    def _found(self, asked):
        parts = asked.path.strip("/").split("/")
        if len(parts) == 2:
            return {"data": [{"id": id} for id in self.surveys], "page": 1, "total": len(self.surveys)}
        survey = self.surveys[parts[2]]
        if parts[3] == "details":
            return survey["details"]
        if self.before_page:
            self.before_page(self, asked)
        since, size, page = asked.query["start_modified_at"], int(asked.query["per_page"]), int(asked.query["page"])
        found = sorted(
            (one for one in survey["responses"] if one["date_modified"][:19] > since), key=lambda one: one["date_modified"]
        )
        return {"data": found[(page - 1) * size : page * size], "page": page, "per_page": size, "total": len(found)}


def surveymonkey_response(number, minute=0, **more):
    moment = f"2026-06-10T{8 + minute // 60:02}:{minute % 60:02}:{number % 60:02}+00:00"
    return {
        "id": f"{5000 + number}", "survey_id": "9", "response_status": "completed", "collection_mode": "default", "total_time": 30,
        "date_created": "2026-06-10T07:00:00+00:00", "date_modified": moment,
        "pages": [{"questions": [{"id": "14", "answers": [{"text": f"words {number}"}]}]}], **more,
    }  # fmt: skip


class Delighted:
    """A project: lists by page number, oldest first; `since` by the making, `updated_since` by the change, for which null never counts."""

    def __init__(self, responses=(), unsubscribes=(), bounces=()):
        self.lists = {"survey_responses": list(responses), "unsubscribes": list(unsubscribes), "bounces": list(bounces)}

    def __call__(self, asked):
        if asked.headers.get("authorization") != "Basic " + base64.b64encode(f"{SECRET}:".encode()).decode():
            return not_let_in()
        name = asked.path.rpartition("/")[2].removesuffix(".json")
        made = {"survey_responses": "created_at", "unsubscribes": "unsubscribed_at", "bounces": "bounced_at"}[name]
        found = sorted(self.lists[name], key=lambda one: one[made])
        if "since" in asked.query:
            found = [one for one in found if one[made] >= int(asked.query["since"])]
        if "updated_since" in asked.query:
            found = [
                one for one in found if one["updated_at"] is not None and one["updated_at"] >= int(asked.query["updated_since"])
            ]
        size, page = int(asked.query["per_page"]), int(asked.query.get("page", 1))
        return Answered(200, found[(page - 1) * size : page * size])


def delighted_response(number, at=1_772_355_600, **more):
    return {
        "id": str(number), "person": {"id": str(900 + number), "email": f"p{number}@example.com"}, "survey_type": "nps", "score": number % 11,
        "comment": None, "created_at": at + number, "updated_at": None, "person_properties": {}, "tags": [], "additional_answers": [], **more,
    }  # fmt: skip


class Formbricks:
    """A project: responses by `skip` and `limit` in the order of `updatedAt`, from `startDate` on; surveys by id."""

    def __init__(self, responses, surveys):
        self.responses, self.surveys = list(responses), surveys

    def __call__(self, asked):
        if asked.headers.get("x-api-key") != SECRET:
            return Answered(401, {"code": "not_authenticated"})
        if asked.path.startswith("/api/v1/management/surveys/"):
            found = self.surveys.get(asked.path.rpartition("/")[2])
            return {"data": found} if found else Answered(404, {"code": "not_found"})
        found = sorted(self.responses, key=lambda one: one["updatedAt"])
        found = [one for one in found if one["updatedAt"] >= asked.query.get("startDate", "")]
        found = [one for one in found if asked.query.get("surveyId") in (None, one["surveyId"])]
        first, limit = int(asked.query.get("skip", 0)), int(asked.query["limit"])
        return {"data": found[first : first + limit], "meta": {"total": len(found), "limit": limit, "offset": first}}


def formbricks_response(number, minute=0, **more):
    moment = f"2026-03-01T09:{minute % 60:02}:{number % 60:02}.500Z"
    return {
        "id": f"r{number}", "surveyId": "s1", "createdAt": "2026-03-01T09:00:00.000Z", "updatedAt": moment, "finished": True,
        "contactId": f"c{number}", "contactAttributes": {"userId": f"u{number}"}, "data": {"q1": number % 11}, **more,
    }  # fmt: skip


class Qualtrics:
    """Surveys whose responses are exported: begun, made after some questions, and a zip. A token gives what was recorded since."""

    def __init__(self, surveys, takes=2, fails=0, most=1_000_000):
        self.surveys, self.takes, self.fails, self.most = surveys, takes, fails, most
        self.exports, self.tokens, self.wanted, self.distributions, self.history = {}, {}, [], [], {}

    def __call__(self, asked):
        if asked.headers.get("x-api-token") != SECRET:
            return Answered(401, {"meta": {"httpStatus": "401 - Unauthorized"}})
        parts = asked.path.removeprefix("/API/v3/").split("/")
        match parts:
            case ["whoami"]:
                return {"result": {"userId": "UR_1"}}
            case ["surveys"]:
                ids = sorted(self.surveys)
                at = int(asked.query.get("skipToken", 0))
                more = {"nextPage": f"/API/v3/surveys?skipToken={at + 1}"} if at + 1 < len(ids) else {"nextPage": None}
                return {"result": {"elements": [{"id": ids[at]}] if ids else [], **more}}
            case ["survey-definitions", id]:
                return {"result": self.surveys[id]["definition"]}
            case ["surveys", id, "export-responses"]:
                return self._begin(id, asked.body)
            case ["surveys", id, "export-responses", progress]:
                return self._progress(id, progress)
            case ["distributions"]:
                found = [one for one in self.distributions if one["surveyLink"]["surveyId"] == asked.query["surveyId"]]
                return {"result": {"elements": found, "nextPage": None}}
            case ["distributions", id, "history"]:
                history, at = self.history[id], int(asked.query.get("skipToken", 0))
                more = f"/API/v3/distributions/{id}/history?surveyId=SV_1&skipToken={at + 2}" if at + 2 < len(history) else None
                return {"result": {"elements": history[at : at + 2], "nextPage": more}}
            case ["surveys", _, "export-responses", file, "file"]:
                return Answered(200, self.exports[file]["content"], {"content-type": "application/zip"})
        return Answered(404, {})

    def _begin(self, id, wanted):
        self.wanted.append(wanted)
        found = self.surveys[id]["responses"]
        if "continuationToken" in wanted:
            if wanted["continuationToken"] not in self.tokens:
                return Answered(400, {"meta": {"error": {"errorMessage": "The continuation token is not valid"}}})
            found = found[self.tokens[wanted["continuationToken"]] :]
        found = [one for one in found if self._within(one, wanted)]
        if len(found) > self.most:
            content = b"\0" * 2_000_000
        else:
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zip:
                zip.writestr("Relationship.json", json.dumps({"responses": found}))
            content = packed.getvalue()
        name = f"ES_{len(self.exports)}"
        self.exports[name] = {"asked": 0, "content": content, "token": f"ct-{len(self.exports)}", "continues": wanted}
        self.tokens[f"ct-{len(self.exports) - 1}"] = len(self.surveys[id]["responses"])
        return {"result": {"progressId": name, "percentComplete": 0.0, "status": "inProgress"}}

    def _within(self, response, wanted):
        recorded = datetime.fromisoformat(response["values"]["recordedDate"])
        start, end = (wanted.get(name) for name in ("startDate", "endDate"))
        return (not start or recorded >= datetime.fromisoformat(start)) and (not end or recorded < datetime.fromisoformat(end))

    def _progress(self, id, name):
        export = self.exports[name]
        export["asked"] += 1
        if self.fails > 0:
            self.fails -= 1
            return {"result": {"status": "failed", "percentComplete": 0.0}}
        if export["asked"] < self.takes:
            return {"result": {"status": "inProgress", "percentComplete": 50.0, "fileId": None}}
        more = (
            {"continuationToken": export["token"]}
            if {"allowContinuation", "continuationToken"} & set(export["continues"])
            else {}
        )
        return {"result": {"status": "complete", "percentComplete": 100.0, "fileId": name, **more}}


def qualtrics_response(number, day=1, **more):
    moment = f"2026-03-{day:02}T09:{number % 60:02}:00Z"
    values = {
        "startDate": moment,
        "endDate": moment,
        "recordedDate": moment,
        "finished": 1,
        "status": 0,
        "_recordId": f"R_{number}",
    }
    return {"responseId": f"R_{number}", "values": {**values, "QID1": number % 11, **more}, "labels": {}}
