"""How the cases of Schemathesis sign in, and what of their answers the document cannot say."""

import os

import requests
import schemathesis

API = os.environ["CONTRACT_URL"] + "/api/v1"
PASSWORD = os.environ["CONTRACT_PASSWORD"]

# What ends sessions is tried by somebody else, who signs in anew for each case.
ENDS_SESSIONS = ("/auth/logout", "/auth/password", "/auth/sessions/end-others", "/auth/sessions/{id}")

# Rules about what is stored, about time, about several fields at once, and about the quality of a password. A request can keep to the
# document and be refused for one of these.
BEYOND_THE_DOCUMENT = (
    # JSON Schema counts 2.0 as an integer.
    "invalid type: floating point",
    "choose one: ",
    "digests exist as mails alone",
    "has no account here",
    "is a date that the task lacks",
    "is a moment that has passed",
    "is not a cursor of this list",
    "is not a member of the project",
    "is not a project of yours",
    "is not a task of ",
    "is not another project of yours",
    "is not valid any more",
    "is not your password",
    "is one too many",
    "is too long: it may have 2000 characters, each that is not ASCII",
    "is too common or easy to guess",
    "leads to an address that is not public",
    "mails about the safety of the account cannot be switched off",
    "must be a day such as ",
    "must be an IANA time zone ",
    "must begin with https://",
    "must end at another time than they begin",
    "must have one language at least",
    "must not have a fragment",
    "must not have a user name or password",
    "relevance needs a search",
)


def sign_in(email):
    answer = requests.post(f"{API}/auth/login", json={"email": email, "password": PASSWORD}, timeout=30)
    answer.raise_for_status()
    return answer.json()["access_token"]


@schemathesis.auth(refresh_interval=None)
class Session:
    def __init__(self):
        self.token = None

    def get(self, case, context):
        if case.operation.path.endswith(ENDS_SESSIONS):
            return sign_in("other@example.org")
        self.token = self.token or sign_in("admin@example.org")
        return self.token

    def set(self, case, data, context):
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.check
def refused_by_a_known_rule(context, response, case):
    """What the document allows is refused only by rules that it cannot hold."""
    if response.status_code != 422 or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    for error in response.json()["errors"]:
        if not error["message"].startswith(BEYOND_THE_DOCUMENT):
            raise AssertionError(f"the document allows it, the server does not: {error['field']} {error['message']}")
