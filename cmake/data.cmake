# SPDX-License-Identifier: Apache-2.0
# Facts that kif judges by, with their sources: rules and certificates. Copied beside the program, so that the build tree is laid out as an
# installation is.
file(GLOB_RECURSE data_names RELATIVE "${CMAKE_SOURCE_DIR}/data" CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/data/*.yaml")
set(data_files)
foreach(name IN LISTS data_names)
  add_custom_command(OUTPUT "${CMAKE_BINARY_DIR}/share/kif/${name}"
    COMMAND "${CMAKE_COMMAND}" -E copy "${CMAKE_SOURCE_DIR}/data/${name}" "${CMAKE_BINARY_DIR}/share/kif/${name}"
    DEPENDS "${CMAKE_SOURCE_DIR}/data/${name}")
  list(APPEND data_files "${CMAKE_BINARY_DIR}/share/kif/${name}")
endforeach()
add_custom_target(kif_data ALL DEPENDS ${data_files})

install(DIRECTORY "${CMAKE_SOURCE_DIR}/data/" DESTINATION share/kif FILES_MATCHING PATTERN "*.yaml")
