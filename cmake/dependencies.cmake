# SPDX-License-Identifier: Apache-2.0
# Every library that kif builds on: Debian's packages, and what tools/bootstrap put under KIF_DEPS_DIR. Nothing is downloaded here.
find_package(Threads REQUIRED)
if(KIF_PAYLOAD_ONLY)
  # Headers are all that it takes, and those of the machine itself may be another architecture's.
  find_path(OPENSSL_INCLUDE_DIR openssl/configuration.h PATHS "${KIF_DEPS_DIR}/headers" NO_DEFAULT_PATH REQUIRED)
  find_path(EXPECTED_INCLUDE_DIR tl/expected.hpp PATHS "${KIF_DEPS_DIR}/headers" NO_DEFAULT_PATH REQUIRED)
  add_library(tl::expected INTERFACE IMPORTED)
  target_include_directories(tl::expected INTERFACE "${EXPECTED_INCLUDE_DIR}")
else()
  find_package(PkgConfig REQUIRED)
  find_package(OpenSSL 3.0 REQUIRED)
  find_package(tl-expected REQUIRED)
  find_package(nlohmann_json REQUIRED)
  find_package(CLI11 REQUIRED)
  find_package(CURL 7.88 REQUIRED)
  find_package(BZip2 REQUIRED)
  find_package(LibLZMA REQUIRED)
  find_package(ZLIB REQUIRED)
  pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
  pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
  pkg_check_modules(YAML_CPP REQUIRED IMPORTED_TARGET yaml-cpp) # its own CMake target has two names in its releases
endif()

# jitterentropy: the header only. The library is opened at run time by its path, so that another build can take its place.
find_path(KIF_JITTERENTROPY_INCLUDE_DIR jitterentropy.h
  PATHS "${KIF_DEPS_DIR}/jitterentropy/include" NO_DEFAULT_PATH REQUIRED)
add_library(kif_jitterentropy_headers INTERFACE)
add_library(kif::jitterentropy_headers ALIAS kif_jitterentropy_headers)
target_include_directories(kif_jitterentropy_headers SYSTEM INTERFACE "${KIF_JITTERENTROPY_INCLUDE_DIR}")

if(KIF_TESTS)
  find_package(GTest REQUIRED)
  find_package(rapidcheck REQUIRED)
endif()
