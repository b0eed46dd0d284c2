# SPDX-License-Identifier: Apache-2.0
"""Django makes a database, caches and hashes passwords. It uses MD5 for names of indexes and of cached things, where no security rests on it,
and says so to digests that show the parameter usedforsecurity."""

import hashlib
import tempfile

import django
from django.conf import settings

from record import equal, facts, finish, fresh, refused, step

FOLDER = tempfile.mkdtemp()
settings.configure(
    SECRET_KEY="k" * 50, USE_TZ=False, ALLOWED_HOSTS=["localhost"],
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER + "/database"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    CACHES={"default": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": FOLDER + "/cache"}})
django.setup()

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.core.cache.utils import make_template_fragment_key
from django.core.management import call_command
from django.core.management.utils import get_random_secret_key
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils.cache import learn_cache_key, get_cache_key

facts["version"] = "Django " + django.get_version()


@step("fips")
def _():
    import _hashlib
    equal(_hashlib.get_fips_mode(), 1)


@step("sha-256")
def _():  # FIPS 180-2, B.1
    equal(hashlib.sha256(b"abc").hexdigest(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")


@step("refuses-md5")
def _():
    refused(hashlib.md5, b"abc")


@step("migrates")
def _():
    call_command("migrate", verbosity=0)
    user = get_user_model().objects.create_user("auditor", password="a long enough password")
    equal(get_user_model().objects.get(pk=user.pk).check_password("a long enough password"), True)


@step("caches")
def _():
    cache.set("name", {"a": 1}, 60)
    equal(cache.get("name"), {"a": 1})
    equal(make_template_fragment_key("part", ["x"]).startswith("template.cache.part."), True)
    request, response = HttpRequest(), HttpResponse("page")
    request.method, request.META = "GET", {"SERVER_NAME": "localhost", "SERVER_PORT": "80"}
    equal(learn_cache_key(request, response), get_cache_key(request))
    equal(len(response.content), 4)


@step("hashes-passwords")
def _():
    encoded = make_password("a long enough password", hasher="pbkdf2_sha1")
    equal((check_password("a long enough password", encoded), check_password("another password", encoded)), (True, False))


@step("refuses-md5-passwords")
def _():
    from django.contrib.auth.hashers import MD5PasswordHasher
    refused(MD5PasswordHasher().encode, "a long enough password", "salt" * 8)


@step("random-secret-key")
def _():
    fresh(get_random_secret_key, 50)


@step("random-session")
def _():
    def key():
        session = SessionStore()
        session["name"] = 1
        session.save()
        return session.session_key
    fresh(key, 32)


@step("random-token")
def _():
    def token():
        request = HttpRequest()
        request.META = {}
        return get_token(request)
    fresh(token, 64)


finish()
