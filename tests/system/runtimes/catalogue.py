# SPDX-License-Identifier: Apache-2.0
"""The runtimes: which image each has, which program is run in it, what that must show, and how the unhardened image must fail."""

from dataclasses import dataclass, field

# The columns of the table, and the steps that stand behind each. A runtime's `without` says which steps it cannot have, and why.
COLUMNS = {
    "FIPS on": ["fips", "sha-256"],
    "refusals": ["refuses-md5", "refuses-hmac-md5", "refuses-rsa-1024", "refuses-x25519", "refuses-chacha20"],
    "keys": ["rsa-2048", "p-256", "aes-256-gcm"],
    "TLS": ["tls-1.3", "tls-on-the-wire", "tls-refuses-chacha20"],
    "DRBG origin": ["drbg-origin"],
    "own randomness": [],
}
BOTH = ("enosys", "eperm")
# getrandom is refused unless something inside the container answers it: what programs without a dynamic linker are run under.
UNANSWERED = ("unanswered",)


@dataclass(frozen=True)
class Runtime:
    image: str                  # of tools/runtime-image
    program: str                # folders of programs/, or the name of a built program
    command: tuple              # what is run in the container
    randomness: tuple           # its steps about its own randomness
    more: dict = field(default_factory=dict)     # further steps: {step: column}
    without: dict = field(default_factory=dict)  # {step: reason}
    denials: tuple = BOTH
    is_traced: bool = True
    is_fips_the_layers: bool = True  # else the program has it from elsewhere, and the control has it as well
    # What an unhardened image says under denial: a pattern of its output, whatever step it reaches.
    control: str = ""


PYTHON_RANDOM = ("random-urandom", "random-secrets", "random-uuid4", "random-seed", "random-ssl", "random-device", "random-threads-and-forks")
PYTHON_MORE = {"random-served": "DRBG origin", "refuses-blake2": "refusals", "md5-not-for-security": "FIPS on",
               "digest-signatures": "FIPS on", "every-digest": "refusals"}
NODE_RANDOM = ("random-bytes", "random-uuid", "random-dns", "random-mkdtemp", "random-worker", "random-child", "random-device")
PHP_RANDOM = ("random-openssl", "random-bytes", "random-int", "random-password", "random-session", "random-sodium", "random-device")
C_RANDOM = ("random-getrandom", "random-syscall", "random-getentropy", "random-arc4random", "random-names", "random-threads-and-forks")


def python(image, **more):
    return Runtime(image, "python", ("python3", "/kif-test/steps.py"), PYTHON_RANDOM, PYTHON_MORE,
                   control="failed to get random numbers", **more)


def node(image, **more):
    return Runtime(image, "node", ("node", "/kif-test/steps.js"), NODE_RANDOM, control="(?i)csprng|entropy|SetSecureRandom|RAND_|random", **more)


def php(image, binary):
    # libsodium aborts PHP before it says a word; process 1 cannot send itself SIGABRT and ends by a trap instead.
    return Runtime(image, "php", (binary, "/kif-test/steps.php"), PHP_RANDOM, control="exit code 13[49]")


NOT_FIPS = "the program has no FIPS module; only its randomness is served"
NO_CRYPTOGRAPHY = {step: NOT_FIPS for column in ("FIPS on", "refusals", "keys", "TLS", "DRBG origin") for step in COLUMNS[column]}


def native(program, randomness, **more):
    return Runtime("cxx", program, ("/kif-test/steps",), randomness, **more)


# What Python itself does is shown by the rows of Python.
SHOWN_BY_PYTHON = {step: "shown by python-3.11, which is the same Python"
                   for column in ("refusals", "keys", "TLS", "DRBG origin") for step in COLUMNS[column] if step != "refuses-md5"}

NO_TLS = {step: "the binding has none; crypto/tls is Go's own" for step in COLUMNS["TLS"]}
BINDING_HAS_NOT = {step: "the binding has no function for it" for step in ("refuses-hmac-md5", "refuses-x25519", "refuses-chacha20")}


def go(name, randomness, **more):
    return Runtime("go-" + name, "go/" + name, ("steps",), randomness, **more)


# Where .NET cannot read /dev/urandom, its class Random and names of files take lrand48's numbers and say nothing: the control cannot show it.
DOTNET_MORE = {"hmac-sha-256": "keys", "version": "FIPS on", "random-class": "own randomness", "random-file": "own randomness"}
DOTNET_WITHOUT = {"fips": ".NET has no flag to ask for", "refuses-x25519": ".NET has no X25519"}
NO_PSS = {"rsa-pss": ".NET 8.0.4 chooses PSS before the digest, which OpenSSL then takes for SHA-1, and the module refuses that"}


def dotnet(image, more=None, without=None):
    return Runtime(image, "dotnet", ("steps",), ("random-generator", "random-guid"), DOTNET_MORE | (more or {}),
                   without=DOTNET_WITHOUT | (without or {}), control="OpenSslCryptographicException: .*random number generator")


RUNTIMES = {
    "c": native("c", (*C_RANDOM, "random-openssl", "random-devices"), more={"random-served": "DRBG origin"}, control="cannot get entropy for arc4random"),
    "cxx": native("cxx", (*C_RANDOM, "random-device-class", "random-stream", "random-devices"), without=NO_CRYPTOGRAPHY,
                  control="cannot get entropy for arc4random"),
    "c-static": native("c-static", C_RANDOM, without=NO_CRYPTOGRAPHY, denials=UNANSWERED, is_traced=False,
                       control="cannot get entropy for arc4random"),
    "go-golang-fips": go("golang-fips", ("random-reader", "random-goroutines"), without=NO_TLS | BINDING_HAS_NOT,
                         control="RAND_|random-reader.:.failed|entropy"),
    "go-microsoft": go("microsoft", ("random-reader", "random-goroutines"),
                       without=NO_TLS | BINDING_HAS_NOT | {"refuses-md5": "the binding has no MD5"}, control="RAND_|random-reader.:.failed|entropy"),
    "go-plain": go("plain", ("random-reader", "random-large", "random-goroutines", "random-text", "random-int", "random-math"),
                   without=NO_CRYPTOGRAPHY, denials=UNANSWERED, is_traced=False, control="fatal error: crypto/rand|crypto/rand: failed"),
    "go-native": go("native", ("random-reader", "random-goroutines"),
                    without={"drbg-origin": "Go's module is its own; kif gives it the bytes that it seeds itself with",
                             "refuses-chacha20": "it has no API in Go's standard library outside TLS"},
                    denials=UNANSWERED, is_traced=False, is_fips_the_layers=False, control="fatal error: |crypto/rand: failed|entropy"),
    "python-3.11": python("python-3.11"),
    "python-3.13": python("python-3.13"),
    "python-3.14": python("python-3.14"),
    "python-wheel": Runtime("python-wheel", "python python-wheel", ("python3", "/kif-test/wheel_steps.py"),
                            ("random-aesgcm-key", "random-fernet", "random-urandom", "random-ssl"),
                            control="failed to get random numbers"),
    "python-django": Runtime("python-django", "python python-django", ("python3", "/kif-test/django_steps.py"),
                             ("random-secret-key", "random-session", "random-token"),
                             {"migrates": "FIPS on", "caches": "FIPS on", "hashes-passwords": "FIPS on", "refuses-md5-passwords": "refusals"},
                             without=SHOWN_BY_PYTHON, control="failed to get random numbers"),
    "node-debian-18": node("node-debian-18"),
    "node-debian-20": node("node-debian-20"),
    "node-debian-24": node("node-debian-24"),
    "node-18": node("node-18"),
    "node-20": node("node-20"),
    "node-22": node("node-22"),
    "node-23": node("node-23"),
    "php-8.2": php("php-8.2", "php8.2"),
    "php-8.4": php("php-8.4", "php8.4"),
    "dotnet-8": dotnet("dotnet-8", without=NO_PSS),
    "dotnet-8-single-file": dotnet("dotnet-8-single-file", more={"rsa-pss": "keys"}),
    "dotnet-9": dotnet("dotnet-9", more={"rsa-pss": "keys"}),
}
