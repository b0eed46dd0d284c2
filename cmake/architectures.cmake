# SPDX-License-Identifier: Apache-2.0
# KIF_ARCHITECTURE: what is built for, by OCI's name. The other one of the two that kif has layers for is cross-built (cross.cmake).
set(kif_processors x86_64 aarch64)
set(kif_architectures amd64 arm64)
list(FIND kif_processors "${CMAKE_SYSTEM_PROCESSOR}" own)
if(own EQUAL -1)
  message(FATAL_ERROR "kif has no code for ${CMAKE_SYSTEM_PROCESSOR}: it is built for ${kif_processors}")
endif()
list(GET kif_architectures ${own} KIF_ARCHITECTURE)
math(EXPR other "1 - ${own}")
list(GET kif_architectures ${other} KIF_OTHER_ARCHITECTURE)
list(GET kif_processors ${other} KIF_OTHER_PROCESSOR)
