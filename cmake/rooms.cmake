# SPDX-License-Identifier: Apache-2.0
# One CMake library per room of src/: a room reaches only the rooms it names, so a wrong include does not link.

add_library(kif_warnings INTERFACE)
target_compile_options(kif_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  $<$<BOOL:${KIF_WERROR}>:-Werror>
  # GCC 12 at -O2 takes "x" + std::string for an overlapping copy (its bug 105651).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
  # An optimising GCC cannot follow std::optional; a debug build, as presets dev, asan and tsan make it, warns truly.
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:RelWithDebInfo>>:-Wno-maybe-uninitialized>)

# kif_room(NAME SOURCES file… [DEPENDS target…] [PRIVATE_DEPENDS target…])
function(kif_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  add_library(kif_${name} STATIC ${ROOM_SOURCES})
  add_library(kif::${name} ALIAS kif_${name})
  target_include_directories(kif_${name} PUBLIC "${CMAKE_SOURCE_DIR}/src")
  target_link_libraries(kif_${name} PUBLIC ${ROOM_DEPENDS} PRIVATE kif_warnings ${ROOM_PRIVATE_DEPENDS})
  # So that kif_portable() programs carry only the functions they call.
  target_compile_options(kif_${name} PRIVATE -ffunction-sections -fdata-sections)
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
