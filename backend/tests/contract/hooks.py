"""How the cases of Schemathesis sign in, and what of their answers the document cannot say."""

import os
import subprocess
import uuid

import requests
import schemathesis

API = os.environ["CONTRACT_URL"] + "/api/v1"
PASSWORD = os.environ["CONTRACT_PASSWORD"]

# What ends sessions is tried by somebody else each time.
ENDS_SESSIONS = ("/auth/logout", "/auth/password", "/auth/sessions/end-others", "/auth/sessions/{id}", "/users/me/deletion")

# Rules about what is stored, about time, about several fields at once, and about the quality of a password. A request can keep to the
# document and be refused for one of these.
BEYOND_THE_DOCUMENT = (
    "are at most 20 for a task and person",
    "belongs to another order",
    "choose one: ",
    "digests exist as mails alone",
    "is a date that the task lacks",
    "is a moment that has passed",
    "is an account that is disabled",
    "is not a cursor of this list",
    "is not a member of the project",
    "is not a project of yours",
    "is not a task of ",
    "is not another project of yours",
    "is not the code that the server has printed",
    "is not valid any more",
    "is not your password",
    "is one too many",
    "is the owner already",
    "is the task itself",
    "is too common or easy to guess",
    "is too long: it may have 2000 characters, each that is not ASCII",
    "is your address already",
    "leads to an address that is not public",
    "mails about the safety of the account cannot be switched off",
    "must be a day such as ",
    "must be an IANA time zone ",
    "must begin with https://",
    "must end at another time than they begin",
    "must have one language at least",
    "must lie before the year",
    "must lie between the years",
    "must not have a fragment",
    "must not have a user name or password",
    "must say what becomes of each project",
    "names a project that you do not own",
    "names a project twice",
    "names somebody who is not a member",
    "relevance needs a search",
    # In the elements of lists, Schemathesis takes the empty text for what may be null or an id.
    "UUID parsing failed: invalid length: found 0",
    # JSON Schema counts 2.0 as an integer.
    "invalid type: floating point",
)


def sign_in(email):
    answer = requests.post(f"{API}/auth/login", json={"email": email, "password": PASSWORD}, timeout=30)
    answer.raise_for_status()
    return answer.json()["access_token"]


def new_administrator():
    """Signs a new one in: some cases disable, demote or delete accounts, the one at work among them."""
    email = f"admin-{uuid.uuid4()}@example.org"
    subprocess.run(
        [os.environ["E2E_TODO"], "admin", "create", "--email", email],
        input=PASSWORD, text=True, check=True, capture_output=True, env=os.environ | {"DATA_DIR": os.environ["E2E_DATA_DIR"]},
    )
    return sign_in(email)


@schemathesis.auth(refresh_interval=None)
class Session:
    def __init__(self):
        self.token = None

    def get(self, case, context):
        if case.operation.path.endswith(ENDS_SESSIONS):
            return new_administrator()
        if not self.is_good():
            self.token = new_administrator()
        return self.token

    def is_good(self):
        answer = self.token and requests.get(
            f"{API}/users/me", headers={"Authorization": f"Bearer {self.token}"}, timeout=30
        )
        return answer and answer.ok and answer.json()["is_admin"]

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
