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
BEYOND_THE_DOCUMENT = {
    "account_disabled",
    "already_owner",
    "choose_one",
    "cursor_of_other_order",
    "digest_is_mail_only",
    "empty_period",
    "in_the_past",
    "invalid_cursor",
    "invalid_date",
    "invalid_time_zone",
    "invitation_expired",
    "language_required",
    "link_expired",
    "new_owner_not_member",
    "not_another_project",
    "not_in_project",
    "not_member",
    "not_your_project",
    "not_your_shared_project",
    "not_your_task",
    "password_too_common",
    "project_named_twice",
    "relevance_needs_search",
    "same_email",
    "same_task",
    "security_mail_required",
    "shared_project_left_out",
    "task_lacks_date",
    "too_many_reminders",
    "too_many_webhooks",
    "url_has_credentials",
    "url_has_fragment",
    "url_not_https",
    "url_not_public",
    "url_too_long",
    "wrong_password",
    "wrong_setup_code",
    "year_out_of_range",
}

# Where Schemathesis and the document differ: in the elements of lists it takes the empty text for what may be null or an id, and JSON
# Schema counts 2.0 as an integer.
READ_OTHERWISE = ("UUID parsing failed: invalid length: found 0", "invalid type: floating point")


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
        if error["code"] not in BEYOND_THE_DOCUMENT and not error["message"].startswith(READ_OTHERWISE):
            raise AssertionError(f"the document allows it, the server does not: {error['field']} {error['message']}")
