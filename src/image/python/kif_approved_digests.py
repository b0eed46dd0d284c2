# SPDX-License-Identifier: Apache-2.0
"""Digests that CPython computes by itself follow OpenSSL's approved mode.

hashlib takes what OpenSSL refuses (MD5) or does not have (BLAKE2) from C modules of its own, and then nothing refuses it. The .pth file
beside this one, which each start of Python runs, puts a finder on sys.meta_path that asks find_spec() below for a handful of names and imports this
module only then, since few programs need it. It guards those modules: in approved mode a digest is made only with usedforsecurity=False, and without approved mode nothing changes. Written by kif harden.
"""

import sys

FINDER = "KifApprovedDigests"  # and GUARDED below: as the .pth file has them
HASHLIB = "hashlib"
DIGESTS = {"_md5": ("md5",), "_blake2": ("blake2b", "blake2s")}
# HMAC of CPython 3.14 and newer: what hmac falls back to when OpenSSL refuses. It knows no usedforsecurity.
HMACS = "_hmac"
GUARDED = (*DIGESTS, HMACS, HASHLIB)


def refuse_in_approved_mode(name):
    try:
        from _hashlib import get_fips_mode
    except ImportError:
        return  # a Python without OpenSSL
    if get_fips_mode():
        raise ValueError("%s is not approved: OpenSSL is in FIPS mode; say usedforsecurity=False where no security rests on it" % name)


def look_like(guard, real):
    """Gives a guard what programs read off a callable before they call it. inspect.signature follows __wrapped__."""
    for name in ("__doc__", "__module__", "__name__", "__qualname__"):
        if isinstance(getattr(real, name, None), str):
            setattr(guard, name, getattr(real, name))
    guard.__wrapped__ = real
    return guard


class Guarded(type):
    """A guard stands for the class of digests that it makes."""

    def __instancecheck__(cls, instance):
        return isinstance(instance, cls.__wrapped__) if isinstance(cls.__wrapped__, type) else False

    @property
    def __signature__(cls):
        """Programs look here whether a digest knows usedforsecurity: Django does, and goes without it where it is not shown."""
        import inspect  # is there already: it asks

        try:
            return inspect.signature(cls.__wrapped__)
        except ValueError as error:
            raise AttributeError(str(error)) from None


def guarded_digest(name, real):
    def new(cls, *arguments, **named):
        if named.get("usedforsecurity", True):
            refuse_in_approved_mode(name)
        return real(*arguments, **named)

    # SALT_SIZE and its like are asked of the class.
    members = {key: value for key, value in vars(real).items() if isinstance(value, int)} if isinstance(real, type) else {}
    return look_like(Guarded(name, (), {**members, "__new__": new}), real)


def guarded_function(name, real):
    def call(*arguments, **named):
        refuse_in_approved_mode("HMAC by " + name)
        return real(*arguments, **named)

    return look_like(call, real)


def new_that_passes_on(module, real):
    """hashlib.new of some versions forgets usedforsecurity on its way to CPython's own digest."""

    def new(*arguments, **named):
        try:
            return real(*arguments, **named)
        except ValueError:
            own = getattr(module, str(arguments[0] if arguments else named.get("name")).lower(), None)
            if named.get("usedforsecurity", True) or not isinstance(own, Guarded):
                raise
            named.pop("name", None)
            return own(*arguments[1:], **named)

    return look_like(new, real)


def guard(module):
    for name in DIGESTS.get(module.__name__, ()):
        if hasattr(module, name):
            setattr(module, name, guarded_digest(name, getattr(module, name)))
    if module.__name__ == HASHLIB:
        module.new = new_that_passes_on(module, module.new)
    if module.__name__ == HMACS:
        for name in dir(module):
            if name == "new" or name.startswith("compute_"):
                setattr(module, name, guarded_function(name, getattr(module, name)))


class Loader:
    """Loads as the real loader does, and guards what it loaded."""

    def __init__(self, real):
        self.real = real

    def create_module(self, spec):
        return self.real.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self.real
        self.real.exec_module(module)
        guard(module)


def find_spec(name, path, target):
    for finder in sys.meta_path:
        if getattr(finder, "__name__", "") != FINDER and hasattr(finder, "find_spec"):
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                spec.loader = Loader(spec.loader)
                return spec
    return None


for loaded in GUARDED:
    if loaded in sys.modules:
        guard(sys.modules[loaded])
