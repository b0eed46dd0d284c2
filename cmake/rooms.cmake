# SPDX-License-Identifier: Apache-2.0
# One CMake library per room of src/, linked with the rooms that src/rooms.txt lets it reach and with no other: a wrong include does not link.

# KIF_ROOMS: in the order of the table, for a build of what goes into images those with a star. KIF_REACHED_BY_<room>: the rooms that it or
# one of its folders reaches.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/rooms.txt")
file(STRINGS "${CMAKE_SOURCE_DIR}/src/rooms.txt" lines REGEX "^[^#]")
list(POP_FRONT lines) # the names of the columns
set(above "")
set(KIF_ROOMS "")
foreach(line IN LISTS lines)
  if(NOT line MATCHES "^([a-z]+)(/[a-z]+)?([*]?) +[|][^|]+[|](.*)$")
    message(FATAL_ERROR "src/rooms.txt: not a line of the table: ${line}")
  endif()
  set(room "${CMAKE_MATCH_1}")
  set(folder "${CMAKE_MATCH_1}${CMAKE_MATCH_2}")
  if(CMAKE_MATCH_3 OR NOT KIF_PAYLOAD_ONLY)
    list(APPEND KIF_ROOMS "${room}")
  endif()
  separate_arguments(reached UNIX_COMMAND "${CMAKE_MATCH_4}")
  foreach(other IN LISTS reached)
    if(other MATCHES "^/" OR other STREQUAL room)
      continue()
    endif()
    if(NOT other IN_LIST above)
      message(FATAL_ERROR "src/rooms.txt: ${room} reaches ${other}, which does not stand above it")
    endif()
    string(REPLACE "/" "_" library "${other}") # a folder of another room is a library of its own there
    list(APPEND KIF_REACHED_BY_${room} "kif::${library}")
  endforeach()
  list(APPEND above "${room}" "${folder}")
endforeach()
list(REMOVE_DUPLICATES KIF_ROOMS)

add_library(kif_warnings INTERFACE)
target_compile_options(kif_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  $<$<BOOL:${KIF_WERROR}>:-Werror>
  # GCC 12 at -O2 takes "x" + std::string for an overlapping copy (its bug 105651).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
  # An optimising GCC cannot follow std::optional; a debug build, as presets dev, asan and tsan make it, warns truly.
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:RelWithDebInfo>>:-Wno-maybe-uninitialized>)

# kif_library(NAME SOURCES file… [DEPENDS target…] [PRIVATE_DEPENDS target…]): a part of a room that others link without the rest.
function(kif_library name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  add_library(kif_${name} STATIC ${ROOM_SOURCES})
  add_library(kif::${name} ALIAS kif_${name})
  target_include_directories(kif_${name} PUBLIC "${CMAKE_SOURCE_DIR}/src")
  target_link_libraries(kif_${name} PUBLIC ${ROOM_DEPENDS} PRIVATE kif_warnings ${ROOM_PRIVATE_DEPENDS})
  # So that kif_portable() programs carry only the functions they call.
  target_compile_options(kif_${name} PRIVATE -ffunction-sections -fdata-sections)
endfunction()

# kif_room(NAME …): the room, linked with those that it reaches. What follows is as for kif_library(); of other rooms nothing is named there.
function(kif_room name)
  kif_library(${name} ${ARGN})
  target_link_libraries(kif_${name} PUBLIC ${KIF_REACHED_BY_${name}})
endfunction()

# kif_portable(TARGET): for what runs inside images. Needs glibc 2.34 or newer and no other library: libstdc++ and libgcc are linked in.
# Sections that nothing refers to are dropped: libstdc++'s archive members are large, and one of them asks for arc4random of glibc 2.36.
# Outside Debug it is stripped, since it becomes part of every image.
function(kif_portable target)
  target_sources(${target} PRIVATE "${CMAKE_SOURCE_DIR}/src/portable/dl_find_object.cpp"
    "${CMAKE_SOURCE_DIR}/src/portable/isoc23_strtoul.cpp")
  target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc -Wl,--as-needed -Wl,-z,relro,-z,now
    -Wl,--exclude-libs,ALL -Wl,--gc-sections $<$<NOT:$<CONFIG:Debug>>:-Wl,-s>)
endfunction()

# kif_unit_test(ROOM SOURCES file… [DEPENDS target…]): one GoogleTest program per room, tests/unit/ROOM/.
function(kif_unit_test room)
  cmake_parse_arguments(TEST "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(unit_${room} ${TEST_SOURCES})
  target_link_libraries(unit_${room} PRIVATE kif_warnings GTest::gmock GTest::gtest_main ${TEST_DEPENDS})
  # The rooms are tested as they are released; the tests themselves compile in half the time with -O1.
  target_compile_options(unit_${room} PRIVATE $<$<CONFIG:RelWithDebInfo>:-O1>)
  include(GoogleTest)
  gtest_discover_tests(unit_${room} TEST_PREFIX "unit.${room}." DISCOVERY_TIMEOUT 60 PROPERTIES LABELS unit)
endfunction()
